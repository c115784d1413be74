use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::plan::Guard;
use crate::telemetry::ChannelSettings;

const SOON: Duration = Duration::from_secs(30);

/// Answers one after the other, then always with the last; says what it was sent, and when.
fn receiver(answers: Vec<&'static str>) -> (reqwest::Url, Receiver<(Timestamp, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let (mut stream, mut text, mut piece) = (stream.unwrap(), Vec::new(), [0; 4096]);
            while !text.ends_with(b"}") {
                match stream.read(&mut piece) {
                    Ok(read) if read > 0 => text.extend_from_slice(&piece[..read]),
                    _ => break,
                }
            }
            _ = tell.send((Clock::system().now(), String::from_utf8_lossy(&text).into_owned()));
            let answer = answers[count.min(answers.len() - 1)];
            _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (url, told)
}

fn courier(url: &reqwest::Url, post: &Arc<Post>) -> (CancellationToken, CancellationToken) {
    let (replaced, closing) = <(CancellationToken, CancellationToken)>::default();
    let courier = Courier {
        channel: Channel::open(ChannelSettings::Webhook(url.clone())).unwrap(),
        instance: Instance::default(),
        page: None,
        clock: Clock::system(),
        first_wait: Duration::from_millis(1),
        post: Arc::clone(post),
        replaced: replaced.clone(),
        closing: closing.clone(),
    };
    tokio::spawn(courier.run());
    (replaced, closing)
}

fn halted() -> News {
    (Timestamp::from_millis(0), Alert::Halted { pass: 1, guard: Guard::EmptySource })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_away_for_long_is_told_in_the_end_and_in_order() {
    let post = Arc::new(Post::default());
    let mut answers = vec!["503 X"; 9];
    answers.push("200 OK");
    let (url, told) = receiver(answers);
    post.add("webhook", halted());
    post.add("webhook", (Timestamp::from_millis(1), Alert::OutageBegan));
    let _working = courier(&url, &post);
    let heard: Vec<String> = (0..11).map(|_| told.recv_timeout(SOON).unwrap().1).collect();
    assert!(heard[..10].iter().all(|text| text.contains("empty_source")) && heard[10].contains("outage_began"), "{heard:?}");
    assert!(told.recv_timeout(Duration::from_millis(50)).is_err(), "once each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_a_receiver_asks_for_is_kept() {
    let post = Arc::new(Post::default());
    let (url, told) = receiver(vec!["429 X\r\nRetry-After: 1", "200 OK"]);
    post.add("webhook", halted());
    let _working = courier(&url, &post);
    let (first, second) = (told.recv_timeout(SOON).unwrap().0, told.recv_timeout(SOON).unwrap().0);
    assert!(second.since(first) >= Duration::from_millis(900), "{:?}", second.since(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_could_not_tell_its_successor_tells() {
    let post = Arc::new(Post::default());
    let (gone, nobody) = receiver(vec!["410 Gone"]);
    post.add("teams", halted());
    let (replaced, _closing) = courier(&gone, &post);
    nobody.recv_timeout(SOON).unwrap();
    while post.untold("teams", Clock::system().now()).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let untold = post.untold("teams", Clock::system().now()).unwrap();
    for words in ["notify.teams", "`halted`", "410", "deleted", "reload"] {
        assert!(untold.message.contains(words), "{untold:?}");
    }
    replaced.cancel();
    post.forget_trouble();
    let (url, told) = receiver(vec!["200 OK"]);
    let _working = courier(&url, &post);
    assert!(told.recv_timeout(SOON).unwrap().1.contains("empty_source"));
    assert_eq!(post.untold("teams", Clock::system().now()), None);
    assert!(nobody.try_recv().is_err());
}
