#!/usr/bin/env bash
# The package and the service on a real systemd: boots Debian 12 in a container, installs the package and lives through
# install, configure, start, reload, kill -9, a hang, stop, upgrade, remove and purge, against `photosyncd emulate`.
#
#   tests/system.sh                  builds the package from a debug build first (packaging/debian/build --debug)
#   tests/system.sh --program FILE   builds the package from this program
#   tests/system.sh --deb FILE       takes this package
#   tests/system.sh --if-possible    says why and succeeds where it can't run here
#
# Needs root, and: apt-get install systemd-container mmdebstrap curl; cargo install --locked cargo-deb
# The first run fetches Debian's packages into target/system (200 MB, about 40 s); then it takes under a minute.
# It touches only target/, mounts that end with it, and its own control group.
# shellcheck disable=SC2016 # what others expand stands in single quotes
set -euo pipefail
cd "$(dirname "$0")/.."

deb='' from=(--debug) if_possible=''
while [ $# -gt 0 ]; do
    case $1 in
    --deb) deb=$2 && shift 2 ;;
    --program) from=(--program "$2") && shift 2 ;;
    --if-possible) if_possible=yes && shift ;;
    *) echo "unknown argument $1" >&2 && exit 2 ;;
    esac
done
cannot() {
    echo "skipped: the package was not tried on a booted systemd, because $1"
    [ -n "$if_possible" ] && exit 0 || exit 77
}
rootfs=$PWD/target/system/rootfs
[ "$(id -u)" = 0 ] || cannot 'that takes root'
for tool in systemd-nspawn nsenter unshare curl dpkg-deb; do
    command -v $tool >/dev/null || cannot "$tool is missing (apt-get install systemd-container curl)"
done
[ -d "$rootfs" ] || command -v mmdebstrap >/dev/null || cannot 'mmdebstrap is missing (apt-get install mmdebstrap)'
[ -n "$deb" ] || command -v cargo-deb >/dev/null || cannot 'cargo-deb is missing (cargo install --locked cargo-deb)'
unshare --mount sh -c 'mount -t tmpfs tmpfs /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m &&
    mount -t overlay overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m' 2>/dev/null ||
    cannot 'mounts are not permitted here'

if [ -z "${IN_OWN_MOUNTS:-}" ]; then
    # The package, and the same once more as an upgrade.
    if [ -z "$deb" ]; then
        packaging/debian/build "${from[@]}" --quiet --output target/system/new.deb
        deb=target/system/new.deb
    fi
    mkdir -p target/system/upgrade
    rm -rf target/system/upgrade/tree
    dpkg-deb --raw-extract "$deb" target/system/upgrade/tree
    sed -i 's/^Version: .*/&+upgrade/' target/system/upgrade/tree/DEBIAN/control
    dpkg-deb --root-owner-group -Znone --build target/system/upgrade/tree target/system/upgrade/upgrade.deb >/dev/null
    if [ ! -d "$rootfs" ]; then
        rm -rf "$rootfs.part"
        mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,procps bookworm "$rootfs.part" ||
            cannot "Debian's packages can't be fetched"
        mv "$rootfs.part" "$rootfs"
    fi
    # Mounts of our own end with us.
    IN_OWN_MOUNTS=yes exec unshare --mount --propagation private "$0" --deb "$deb" ${if_possible:+--if-possible}
fi

# A fresh copy-on-write view of the root file system.
name=photosyncd-test-$$
work=$(mktemp -d "/var/tmp/$name.XXXX")
mount -t tmpfs -o size=2g tmpfs "$work"
mkdir "$work/up" "$work/wk" "$work/root"
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$work/up,workdir=$work/wk" "$work/root"
root=$work/root
mkdir -p "$root/var/log/journal" "$root/srv/photos/users" "$root/root/new"
cp "$deb" "$root/root/photosyncd.deb"
cp target/system/upgrade/upgrade.deb "$root/root/upgrade.deb"
cp -r tests/photos/users/. "$root/srv/photos/users/"
chmod -R a+rX "$root/srv"

nspawn='' leader=''
# shellcheck disable=SC2329 # called by the trap
cleanup() {
    set +e
    if [ -n "$nspawn" ]; then
        [ -z "$leader" ] || inside systemctl --no-block poweroff >/dev/null 2>&1
        for _ in $(seq 100); do kill -0 "$nspawn" 2>/dev/null || break && sleep 0.1; done
        # The guest does not die with its container.
        [ -z "$leader" ] || kill -9 "$leader" 2>/dev/null
        kill -9 "$nspawn" 2>/dev/null
        wait "$nspawn" 2>/dev/null
    fi
    umount -l "$root" "$work"
    rmdir "$work"
    for group in /sys/fs/cgroup/{,systemd/,unified/}$name; do
        [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
    done
}
trap cleanup EXIT

# Boots in a control group of its own, with a network of its own, unregistered: the host may have no systemd.
groups=()
for tree in /sys/fs/cgroup/{,systemd/,unified/}; do
    [ -w "${tree}cgroup.procs" ] && mkdir -p "$tree$name" && groups+=("$tree$name/cgroup.procs")
done
(
    for group in "${groups[@]}"; do echo "$BASHPID" >"$group"; done
    exec systemd-nspawn --quiet --boot --directory="$root" --machine="$name" --register=no --keep-unit \
        --private-network --console=passive </dev/null >"$work/console" 2>&1
) &
nspawn=$!
inside() { nsenter -t "$leader" -m -u -i -n -p -C -r -w -- "$@"; }
for _ in $(seq 200); do
    leader=$(cut -d' ' -f1 "/proc/$nspawn/task/$nspawn/children" 2>/dev/null || true)
    [ -z "$leader" ] || ! grep -qs '^systemd$' "/proc/$leader/comm" || break
    leader=''
    sleep 0.05
done
[ -n "$leader" ] || { cat "$work/console" && cannot 'the container does not start'; }
for _ in $(seq 400); do
    case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) break ;; esac
    sleep 0.05
done

# shellcheck source=packaging/checks
. packaging/checks
unit=photosyncd.service
prop() { inside systemctl show -p "$1" --value "${2:-$unit}"; }
state() { echo "$(prop ActiveState "$@")/$(prop SubState "$@")"; }
journal() { inside journalctl --no-pager -q -o cat -u "${1:-$unit}"; }
get() { nsenter -t "$leader" -n -- curl -s --max-time 5 "http://127.0.0.1:$1"; }
puts() { get 8365/emulator/requests | grep -o '"method": *"PUT"' | wc -l; }

section 'Install'
before=$(inside find /etc /usr /var/lib -xdev -not -path '/var/lib/dpkg/*' | sort)
inside dpkg --install /root/photosyncd.deb >"$work/dpkg" 2>&1 || cat "$work/dpkg"
check 'installed' "$(inside dpkg-query -W -f '${Status}' photosyncd)" 'install ok installed'
check 'nothing is started' "$(state)" inactive/dead
check 'nothing is enabled' "$(inside systemctl is-enabled $unit 2>&1 || true)" disabled
check 'its user has no shell and no home but the state' "$(inside getent passwd photosyncd)" 'photosyncd:x:*:/var/lib/photosyncd:/usr/sbin/nologin'
check 'the state directory is its own' "$(inside stat -c '%U:%G %a' /var/lib/photosyncd)" 'photosyncd:photosyncd 711'
check 'manual pages' "$(inside sh -c 'ls /usr/share/man/man1/photosyncd*.1.gz | wc -l')" '[1-9][0-9]'
check 'the reference' "$(inside sh -c 'ls /usr/share/man/man[57]/photosyncd*.gz | wc -l')" 8
check 'completions' "$(inside bash -c '. /usr/share/bash-completion/completions/photosyncd && complete -p photosyncd')" '*photosyncd'
for file in "$root"/usr/lib/systemd/system/photosyncd*; do
    file=${file##*/}
    check "verify $file" "$(inside systemd-analyze verify --man=no "/usr/lib/systemd/system/$file" 2>&1)" ''
    [[ $file != *.service ]] || check "$(inside systemd-analyze security --no-pager --offline=true "/usr/lib/systemd/system/$file" | sed -n 's/.*exposure level for //p')" \
        "$(code inside systemd-analyze security --offline=true --threshold=11 "/usr/lib/systemd/system/$file")" 0
done

section 'Started before it is configured'
inside systemctl start $unit 2>/dev/null || true
check 'it fails once and is not tried again' "$(prop Result)/$(prop ExecMainStatus)/$(prop NRestarts)" exit-code/78/0
check 'the journal names what is missing' "$(journal)" '*graph.tenant*graph.client_id*'
inside systemctl reset-failed $unit

section 'Configure, with a wrong secret first'
cat >"$root/etc/photosyncd/config.yaml" <<'YAML'
source: { directory: /srv/photos, settle: 100ms }
mapping: { rules: [ { files: "users/{upn}.{ext}", user: { userPrincipalName: "{upn}" } } ] }
graph:
  cloud: custom
  graph_url: http://127.0.0.1:8365
  login_url: http://127.0.0.1:8365
  tenant: contoso.com
  client_id: photosyncd
  credential: { client_secret: { systemd_credential: client-secret } }
photo: { heic_converter: [cp, /srv/photos/users/lars.holm@contoso.com.png, "{output}"] }
upload: { retry: { initial: 500ms, max: 2s } }
service: { listen: 127.0.0.1:9464 }
ledger: { path: /var/lib/photosyncd/photosyncd.db }
YAML
cat >"$root/root/tenant.yaml" <<'YAML'
users:
  - { userPrincipalName: anna.berg@contoso.com }
  - { userPrincipalName: lars.holm@contoso.com }
  - { userPrincipalName: "maria.o'neil@contoso.com" }
  - { userPrincipalName: new@contoso.com }
  - { userPrincipalName: heic@contoso.com }
YAML
(umask 077 && echo wrong-Kanarienvogel >"$root/etc/photosyncd/client-secret")
mkdir -p "$root/etc/systemd/system/$unit.d" "$root/etc/systemd/system/photosyncd@north.service.d" "$root/etc/systemd/system/photosyncd-reconcile.service.d"
printf '[Service]\nLoadCredential=client-secret:/etc/photosyncd/client-secret\nWatchdogSec=10s\nRestartSec=200ms\n' \
    | tee "$root/etc/systemd/system/photosyncd@north.service.d/test.conf" >"$root/etc/systemd/system/$unit.d/test.conf"
printf '[Service]\nLoadCredential=client-secret:/etc/photosyncd/client-secret\n' >"$root/etc/systemd/system/photosyncd-reconcile.service.d/test.conf"
inside systemctl daemon-reload
inside systemd-run --quiet --unit=tenant photosyncd emulate --seed /root/tenant.yaml --client-secret right-Kanarienvogel --save /root/new
awaited '*]*' get 8365/emulator/requests >/dev/null
check 'a command by hand is told about the credential' "$(inside runuser -u photosyncd -- photosyncd check 2>&1 || true)" '*LoadCredential=client-secret*'
inside timeout 60 systemctl enable --quiet --now $unit 2>&1 || true
check 'a sign-in that fails does not end the service' "$(state)" active/running
check 'the status line says it' "$(awaited '*ign-in*' prop StatusText)" '*ign-in*'
check 'and so does the journal, with what to do' "$(awaited '*ign-in*secret*' journal)" '*ign-in*secret*'
journal | grep -i sign-in | head -3 | sed 's/^/      /'
check 'the secret is nowhere in the journal' "$(inside journalctl --no-pager -q | grep -c wrong-Kanarienvogel || true)" 0

section 'Started'
(umask 077 && echo right-Kanarienvogel >"$root/etc/photosyncd/client-secret")
inside systemctl restart $unit || true
check 'active' "$(state)" active/running
check 'the status line' "$(awaited '3 up to date*' prop StatusText)" '3 up to date*'
inside systemctl --no-pager status $unit | sed -n '1,/Status:/s/^/      /p'
check 'three photos were sent' "$(puts)" 3
check 'a photo saved now is sent' "$(cp tests/photos/users/lars.holm@contoso.com.png "$root/srv/photos/users/new@contoso.com.png" && awaited '4 up to date*' prop StatusText)" '4 up to date*'
printf '\0\0\0\030ftypheic\0\0\0\0mif1heic\0\0\0\0' >"$root/srv/photos/users/heic@contoso.com.heic"
check 'a converter runs in the sandbox' "$(awaited '5 up to date*' prop StatusText)" '5 up to date*'
check 'pages' "$(get 9464/readyz)/$(get 9464/metrics | grep -c ^photosyncd_)" '*/[1-9]*'
pid=$(prop MainPID)
seen() { inside sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"; }
check 'its user, no capability, no new privilege, a system call filter' \
    "$(inside stat -c %U "/proc/$pid") $(seen CapEff) $(seen NoNewPrivs) $(seen Seccomp)" 'photosyncd 0000000000000000 1 2'
jailed() { inside nsenter -t "$pid" -m -S "$(inside id -u photosyncd)" -G "$(inside id -g photosyncd)" -- "$@"; }
check 'it can write its state' "$(code jailed test -w /var/lib/photosyncd)" 0
check 'and nothing else' "$(for place in /etc /usr /srv/photos /var/log /home; do jailed test -w $place && echo $place; done)" ''
check 'nor read the secret itself' "$(code jailed cat /etc/photosyncd/client-secret)" '[1-9]*'
check 'others read the status' "$(inside runuser -u nobody -- cat /var/lib/photosyncd/status.json)" '*"in_step": 5*'
check 'but neither the ledger nor the directory' \
    "$(code inside runuser -u nobody -- cat /var/lib/photosyncd/photosyncd.db)$(code inside runuser -u nobody -- ls /var/lib/photosyncd)" '[1-9][1-9]'
check 'commands by hand: status' "$(inside runuser -u photosyncd -- photosyncd status)" '*5*up to date*'
by_hand() {
    inside systemd-run --quiet --pipe --wait --collect -p User=photosyncd -p LoadCredential=client-secret:/etc/photosyncd/client-secret photosyncd "$@"
}
check 'and with the credential: plan' "$(code by_hand plan)" 0

section 'Reload'
sed -i 's/settle: 100ms/settle: 200ms/' "$root/etc/photosyncd/config.yaml"
check 'a good configuration' "$(code inside systemctl reload $unit)" 0
check 'takes effect' "$(awaited '*has taken effect*' journal)" '*has taken effect*'
check 'in the same process' "$(awaited "active/running $pid" eval 'echo "$(state) $(prop MainPID)"')" "active/running $pid"
sed -i 's/settle: 200ms/setle: 100ms/' "$root/etc/photosyncd/config.yaml"
check 'a bad one is refused at once' "$(code inside systemctl reload $unit)" '[1-9]*'
check 'in words' "$(journal)" '*source.setle*settle*'
inside kill -HUP "$pid"
check 'also without systemctl' "$(awaited '*is refused and the old one stays*' journal)" '*is refused and the old one stays*'
check 'and the old one goes on' "$(state) $(prop MainPID)" "active/running $pid"
sed -i 's/setle: 100ms/settle: 100ms/' "$root/etc/photosyncd/config.yaml"
check 'and a good one takes effect again' "$(code inside systemctl reload $unit)" 0

section 'Beside it'
check 'the timer leaves the work to the service' "$(code inside systemctl start photosyncd-reconcile.service) $(journal photosyncd-reconcile.service)" '0 *holds the ledger*'
# Its tenant is the first one's, and full: a new ledger asks before it replaces what is there.
check 'a second tenant' "$({ sed 's/9464/9465/; s#photosyncd/photosyncd.db#photosyncd/north/photosyncd.db#' "$root/etc/photosyncd/config.yaml" &&
    echo 'guard: { first_contact: replace }'; } >"$root/etc/photosyncd/north.yaml" &&
    inside systemctl start photosyncd@north && awaited '5 up to date*' prop StatusText photosyncd@north)" '5 up to date*'
check 'has a state of its own' "$(inside stat -c '%U %a' /var/lib/photosyncd/north /var/lib/photosyncd/north/photosyncd.db | tr '\n' ' ')" 'photosyncd 711 photosyncd 600 '

section 'Accidents'
inside kill -9 "$(prop MainPID)"
check 'kill -9: started again' "$(awaited '1 active/running' eval 'echo "$(prop NRestarts) $(state)"')" '1 active/running'
awaited '5 up to date*' prop StatusText >/dev/null
hung=$SECONDS
inside kill -STOP "$(prop MainPID)"
check 'a hang: the watchdog starts it again' "$(awaited '2 active/running' eval 'echo "$(prop NRestarts) $(state)"')" '2 active/running'
echo "      after $((SECONDS - hung)) s, with WatchdogSec=10s"
check 'and says so' "$(journal)" '*Watchdog timeout*'
sent=$(puts)
check 'stop' "$(inside systemctl stop $unit && echo "$(prop Result)/$(state)")" success/inactive/dead
check 'the end is told' "$(journal)" '*Shutting down: finishing uploads in progress*'

section 'By timer'
check 'one pass, nothing to do' "$(code inside systemctl start photosyncd-reconcile.service) $(puts)" "0 $sent"
check 'its report is in the journal' "$(journal photosyncd-reconcile.service)" '*up to date*'
check 'the timer waits' "$(inside systemctl start photosyncd-reconcile.timer && state photosyncd-reconcile.timer)" active/waiting
inside systemctl stop photosyncd-reconcile.timer

section 'Upgrade'
inside systemctl start $unit || true
pid=$(prop MainPID) other=$(prop MainPID photosyncd@north)
config=$(cksum <"$root/etc/photosyncd/config.yaml")
inside dpkg --install /root/upgrade.deb >"$work/dpkg" 2>&1 </dev/null || cat "$work/dpkg"
check 'upgraded' "$(inside dpkg-query -W -f '${Status} ${Version}' photosyncd)" 'install ok installed *+upgrade'
check 'the configuration is as it was' "$(cksum <"$root/etc/photosyncd/config.yaml")" "$config"
check 'the service was started anew' "$(state) $([ "$(prop MainPID)" != "$pid" ] && echo new)" 'active/running new'
check 'the second tenant too' "$(state photosyncd@north) $([ "$(prop MainPID photosyncd@north)" != "$other" ] && echo new)" 'active/running new'
check 'and is in step without sending' "$(awaited '5 up to date*' prop StatusText) $(puts)" "5 up to date* $sent"

section 'Remove'
inside dpkg --remove photosyncd >"$work/dpkg" 2>&1 || cat "$work/dpkg"
check 'stopped' "$(state)$(state photosyncd@north)" inactive/deadinactive/dead
check 'state and configuration stay' "$(inside ls /var/lib/photosyncd/photosyncd.db /etc/photosyncd/config.yaml | wc -l)" 2
inside dpkg --install /root/photosyncd.deb >"$work/dpkg" 2>&1 </dev/null || cat "$work/dpkg"
check 'installed again, it goes on where it was' "$(inside systemctl start $unit && awaited '5 up to date*' prop StatusText) $(puts)" "5 up to date* $sent"

section 'Purge'
inside dpkg --purge photosyncd >"$work/dpkg" 2>&1 || cat "$work/dpkg"
check 'the state is gone' "$(code inside test -e /var/lib/photosyncd)" 1
rm -rf "$root/etc/photosyncd/client-secret" "$root/etc/photosyncd/north.yaml" "$root"/etc/systemd/system/photosyncd*.d
inside rmdir /etc/photosyncd 2>/dev/null || true
after=$(inside find /etc /usr /var/lib -xdev -not -path '/var/lib/dpkg/*' | sort)
left=$(comm -13 <(echo "$before") <(echo "$after") | grep -vE '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^/var/lib/systemd/' || true)
check 'nothing else is left' "$left" ''

result
