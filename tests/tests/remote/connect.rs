//! Connections and their failures.

use std::{net::TcpListener, time::Duration};

use protocol::Reply;
use remote::{Address, Connection, Endpoint, Error, Failure, Resp, Secret, Server, Timeouts, TlsOptions};
use tests::real::{Certificates, RealServer, free_port, wait_for};

/// Password of the tests; no message may have it.
const PASSWORD: &str = "s3cret-word";

fn server(url: &str) -> Server {
    let address: Address = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut server = Server::new(address);
    server.timeouts = Timeouts::all(Duration::from_secs(30));
    server
}

fn open(server: &Server) -> Result<Connection, Error> {
    let opened = Connection::open(server);
    if let Err(error) = &opened {
        for text in [error.to_string(), format!("{error:?}"), format!("{server:?}")] {
            assert!(!text.contains(PASSWORD), "{text}");
        }
    }
    opened
}

fn failure(server: &Server) -> Failure {
    match open(server) {
        Ok(_) => panic!("{} lets us in", server.name),
        Err(error) => error.failure,
    }
}

fn quick(url: &str) -> Server {
    Server { timeouts: Timeouts::all(Duration::from_millis(500)), ..server(url) }
}

#[test]
fn every_server_tells_what_it_is_under_both_protocols() {
    for (name, product) in [
        ("redis-6.2", "Redis 6.2"),
        ("redis-7.0", "Redis 7.0"),
        ("redis-8.2", "Redis 8.2"),
        ("valkey-9.1", "Valkey 9.1"),
    ] {
        let real = RealServer::start(name, &[]);
        for resp in [None, Some(Resp::Two), Some(Resp::Three)] {
            let mut connection = open(&Server { resp, ..server(&real.url()) }).expect("a connection");
            let identity = connection.identity().expect("a version").to_string();
            assert!(identity.starts_with(product), "{name}: {identity}");
            assert_eq!(connection.resp(), resp.unwrap_or(Resp::Three));
            let reply = connection.call(&["EVAL", "return {1.5, false, {err='X \\255'}}", "0"]).expect("a reply");
            let items = [Reply::Int(1), Reply::Nil, Reply::error(b"X \xff".to_vec())];
            assert_eq!(reply, Reply::Array(items.to_vec()), "{name}");
            // A status that is no UTF-8 breaks nothing.
            let reply = connection.call(&["EVAL", "return {ok='\\254'}", "0"]).expect("a reply");
            assert_eq!(reply, Reply::Status(vec![254]));
            assert_eq!(connection.call(&["PING"]), Ok(Reply::Status(b"PONG".to_vec())));
        }
    }
}

#[test]
fn databases_and_unix_sockets() {
    let real = RealServer::start("redis-7.0", &["--unixsocket", "redis.sock"]);
    let mut two = open(&server(&format!("{}/2", real.url()))).expect("a connection");
    two.call(&["SET", "k", "two"]).expect("a reply");
    let socket = real.folder().join("redis.sock");
    let mut unix = open(&server(&format!("unix:{}?db=2", socket.display()))).expect("a connection");
    assert_eq!(unix.call(&["GET", "k"]), Ok(Reply::bulk("two")));
    assert_eq!(failure(&server(&format!("{}/99", real.url()))), Failure::NoDatabase(99));
    let gone = real.folder().join("gone.sock");
    assert_eq!(failure(&server(&format!("unix:{}", gone.display()))), Failure::Refused(Endpoint::Unix(gone)));
}

#[test]
fn passwords_and_users() {
    for name in ["redis-6.2", "redis-7.0", "valkey-9.1"] {
        let real = RealServer::start(name, &["--requirepass", PASSWORD]);
        let admin = ["--pass", PASSWORD];
        let user = ["ACL", "SETUSER", "alice", "on", ">pa@/ss", "~*", "+@all"];
        assert_eq!(real.cli(&[&admin[..], &user].concat()), "OK");
        real.cli(&[&admin[..], &["ACL", "SETUSER", "off", "off", ">x", "+@all"]].concat());
        real.cli(&[&admin[..], &["ACL", "SETUSER", "open", "on", "nopass", "~*", "+@all"]].concat());
        real.cli(&[&admin[..], &["ACL", "SETUSER", "poor", "on", ">x", "~*", "+ping"]].concat());
        let at = |user: &str| server(&format!("redis://{user}127.0.0.1:{}", real.port));
        assert_eq!(failure(&at("")), Failure::WantsPassword, "{name}");
        assert_eq!(failure(&at(":wrong@")), Failure::WrongPassword(None));
        assert_eq!(failure(&at("alice:wrong@")), Failure::WrongPassword(Some("alice".to_owned())));
        assert_eq!(failure(&at("bob:x@")), Failure::WrongPassword(Some("bob".to_owned())));
        assert_eq!(failure(&at("off:x@")), Failure::WrongPassword(Some("off".to_owned())));
        assert_eq!(failure(&at("alice:@")), Failure::WantsPassword);
        for user in [
            format!(":{PASSWORD}@"),
            format!("default:{PASSWORD}@"),
            "alice:pa%40%2Fss@".to_owned(),
            "open:@".to_owned(),
        ] {
            for resp in [None, Some(Resp::Two)] {
                let mut connection = open(&Server { resp, ..at(&user) }).expect("a connection");
                let who = connection.call(&["ACL", "WHOAMI"]).expect("a reply");
                let name = user.split(':').next().filter(|name| !name.is_empty()).unwrap_or("default");
                assert_eq!(who, Reply::bulk(name));
            }
        }
        // A user who may neither call HELLO's commands nor INFO.
        let mut poor = open(&at("poor:x@")).expect("a connection");
        assert_eq!(poor.call(&["PING"]), Ok(Reply::Status(b"PONG".to_vec())));
    }
}

#[test]
fn a_password_where_none_is_set() {
    let real = RealServer::start("redis-7.0", &[]);
    let mut with = server(&real.url());
    with.address.password = Some(Secret::new(PASSWORD));
    assert_eq!(failure(&with), Failure::NoPasswordSet);
}

#[test]
fn nobody_there() {
    let port = free_port();
    let error = open(&server(&format!("redis://127.0.0.1:{port}"))).err().expect("an error");
    assert_eq!(error.failure, Failure::Refused(Endpoint::Tcp("127.0.0.1".to_owned(), port)));
    assert!(error.to_string().starts_with(&format!("nothing listens at 127.0.0.1:{port}")), "{error}");
    assert_eq!(failure(&server("redis://nosuch.invalid")), Failure::NoAddress("nosuch.invalid".to_owned()));
}

#[test]
fn a_server_that_does_not_answer() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = deaf.local_addr().expect("an address").port();
    let time = Duration::from_millis(500);
    assert_eq!(failure(&quick(&format!("redis://127.0.0.1:{port}"))), Failure::Silent(time));
    assert_eq!(failure(&quick(&format!("rediss://127.0.0.1:{port}"))), Failure::NotTls);
    let real = RealServer::start("redis-7.0", &[]);
    real.signal("STOP");
    assert_eq!(failure(&quick(&real.url())), Failure::Silent(time));
    real.signal("CONT");
}

#[test]
fn another_protocol() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let mail = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        std::io::Write::write_all(&mut client, b"220 mail.example.com ESMTP\r\n").expect("a greeting");
        client
    });
    let told = failure(&server(&format!("redis://127.0.0.1:{port}")));
    assert!(matches!(told, Failure::Protocol(_)), "{told:?}");
    mail.join().expect("a client");
}

/// A server that answers the first connections with fixed bytes, and closes them.
fn canned(bytes: &'static [u8]) -> (Server, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let thread = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        std::io::Read::read(&mut client, &mut [0; 1024]).expect("a command");
        std::io::Write::write_all(&mut client, bytes).expect("a reply");
    });
    (server(&format!("redis://127.0.0.1:{port}")), thread)
}

#[test]
fn what_no_server_here_says() {
    let denied = b"-DENIED Redis is running in protected mode because protected mode is enabled and so on\r\n";
    let (server, thread) = canned(denied);
    assert_eq!(failure(&server), Failure::Protected);
    thread.join().expect("a server");
    // Old servers repeat the words of a command that they do not know, and so the password.
    let told = b"-ERR unknown command `HELLO`, with args beginning with: `3` `AUTH` `alice` `s3cret-word`\r\n\
                 -ERR wrong s3cret-word\r\n";
    let (mut server, thread) = canned(told);
    server.address.user = Some("alice".to_owned());
    server.address.password = Some(Secret::new(PASSWORD));
    assert_eq!(failure(&server), Failure::Handshake("ERR".to_owned()));
    thread.join().expect("a server");
    let (mut server, thread) = canned(b"-ERR unknown command `HELLO`\r\n");
    server.resp = Some(Resp::Three);
    assert_eq!(failure(&server), Failure::NoResp3);
    thread.join().expect("a server");
}

/// A server with TLS beside the plain port, and its TLS port.
fn with_tls(name: &str, certificates: &Certificates) -> (RealServer, u16) {
    let port = free_port();
    let args = certificates.server_args(port);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    (RealServer::start(name, &args), port)
}

#[test]
fn tls_and_its_failures() {
    let certificates = Certificates::new();
    for name in ["redis-7.0", "valkey-8.0"] {
        let (real, port) = with_tls(name, &certificates);
        let tls = TlsOptions { cacert: Some(certificates.path("ca.crt")), ..TlsOptions::default() };
        let at =
            |host: &str, tls: &TlsOptions| Server { tls: tls.clone(), ..server(&format!("rediss://{host}:{port}")) };
        for host in ["127.0.0.1", "localhost"] {
            let mut connection = open(&at(host, &tls)).expect("a connection");
            let long = "x".repeat(3_000_000);
            assert_eq!(connection.call(&["ECHO", &long]), Ok(Reply::bulk(&long)));
        }
        assert_eq!(failure(&at("localhost", &TlsOptions::default())), Failure::UnknownIssuer);
        let other = TlsOptions { cacert: Some(certificates.path("other.crt")), ..TlsOptions::default() };
        assert_eq!(failure(&at("localhost", &other)), Failure::UnknownIssuer);
        let named = TlsOptions { server_name: Some("redis.example.com".to_owned()), ..tls.clone() };
        let Failure::WrongName(names, asked) = failure(&at("localhost", &named)) else { panic!("no wrong name") };
        assert_eq!((names.len(), asked.as_str()), (2, "redis.example.com"), "{names:?}");
        assert!(names.contains(&"localhost".to_owned()), "{names:?}");
        let gone = TlsOptions { cacert: Some("gone.crt".into()), ..TlsOptions::default() };
        assert!(matches!(failure(&at("localhost", &gone)), Failure::CertificateFile(..)));
        assert_eq!(failure(&server(&format!("redis://127.0.0.1:{port}"))), Failure::WantsTls);
        let plain = Server { tls: tls.clone(), ..quick(&format!("rediss://127.0.0.1:{}", real.port)) };
        assert_eq!(failure(&plain), Failure::NotTls);
        assert_eq!(real.cli(&["CONFIG", "SET", "tls-auth-clients", "yes"]), "OK");
        assert_eq!(failure(&at("localhost", &tls)), Failure::WantsClientCertificate);
        let (cert, key) = (Some(certificates.path("server.crt")), Some(certificates.path("server.key")));
        open(&at("localhost", &TlsOptions { cert: cert.clone(), key, ..tls.clone() })).expect("a connection");
        let lone = TlsOptions { cert, ..tls };
        assert!(matches!(failure(&at("localhost", &lone)), Failure::CertificateFile(..)));
    }
}

#[test]
fn certificates_that_are_no_servers() {
    let certificates = Certificates::new();
    for (file, wanted) in
        [("nameless.crt", "its common name does not count"), ("own.crt", "that of an authority (CA:TRUE)")]
    {
        let port = free_port();
        let args = certificates.server_args(port);
        let args: Vec<String> = args.iter().map(|it| it.replace("server.crt", file)).collect();
        let _real = RealServer::start("redis-7.0", &args.iter().map(String::as_str).collect::<Vec<_>>());
        let ca = if file == "own.crt" { file } else { "ca.crt" };
        let tls = TlsOptions { cacert: Some(certificates.path(ca)), ..TlsOptions::default() };
        let error = open(&Server { tls, ..server(&format!("rediss://localhost:{port}")) }).err().expect("an error");
        assert!(error.to_string().contains(wanted), "{error}");
    }
}

#[test]
fn too_many_clients() {
    let real = RealServer::start("redis-7.0", &["--maxclients", "1"]);
    // The server may still count whoever looked whether it is there.
    let _first = wait_for("a place", || open(&server(&real.url())).ok());
    assert_eq!(failure(&server(&real.url())), Failure::TooManyClients);
}

#[test]
fn a_server_that_goes_away() {
    let mut real = RealServer::start("redis-7.0", &[]);
    let mut connection = open(&server(&real.url())).expect("a connection");
    real.kill();
    let error = connection.call(&["PING"]).expect_err("no server");
    assert_eq!(error.failure, Failure::Lost(false));
}
