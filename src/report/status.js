
'use strict';
// Asks for this same page again and puts in what changed: no flicker, and what was open or in focus stays so.
(() => {
  const every = 5000, box = document.getElementById('live'), link = document.getElementById('link');
  let asking = false;
  box.closest('p').hidden = false;
  const say = words => { if (link.textContent !== words) link.textContent = words; };
  const put = (old, fresh) => {
    if (old.innerHTML === fresh.innerHTML) return;
    const open = [...old.querySelectorAll('details[open][id]')].map(one => one.id);
    const focus = old.contains(document.activeElement) ? document.activeElement.id : '';
    old.replaceChildren(...fresh.childNodes);
    for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  };
  const look = async () => {
    if (asking || document.hidden || !box.checked) return;
    asking = true;
    try {
      const answer = await fetch(location.href, { cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (page.documentElement.dataset.version !== document.documentElement.dataset.version) return location.reload();
      document.title = page.title;
      for (const fresh of page.querySelectorAll('[data-live]')) {
        const old = document.getElementById(fresh.id);
        if (old) put(old, fresh);
      }
      say('');
    } catch (fault) {
      say('The service does not answer. What is shown is as of the time above; it is asked again every few seconds.');
    } finally { asking = false; }
  };
  setInterval(look, every);
  document.addEventListener('visibilitychange', look);
  box.addEventListener('change', look);
})();
