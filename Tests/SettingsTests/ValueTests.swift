import Settings
import Testing

@Suite("values are read from their spellings")
struct ValueTests {
    @Test(
        "durations",
        arguments: [
            ("\"1m30s\"", .seconds(90), "1m30s"), ("\"250ms\"", .milliseconds(250), "250ms"),
            ("\"10s\"", .seconds(10), "10s"),
            ("\"2h\"", .seconds(7200), "2h"), ("\"1d\"", .seconds(86400), "1d"),
            ("\"1.5s\"", .milliseconds(1500), "1s500ms"),
            ("\"0s\"", .zero, "0s"), ("\"120s\"", .seconds(120), "2m"), ("\"0.5ms\"", .microseconds(500), "0.5ms"),
            ("\"1.5h\"", .seconds(5400), "1h30m"), ("\"1.50000000s\"", .milliseconds(1500), "1s500ms"),
            ("\"0.0000000000001s\"", .zero, "0s"), ("\"36500d\"", .seconds(36500 * 86400), "36500d"),
            ("\"1h0m5s\"", .seconds(3605), "1h5s"),
        ] as [(String, Duration, String)])
    func durations(_ text: String, _ value: Duration, _ spelling: String) throws {
        let (read, problems) = try read(Duration.self, text)
        #expect(read == value, "\(problems)")
        #expect(value.spelling == spelling)
        #expect(try self.read(Duration.self, value.text).value == value)
    }

    @Test(
        "what is no duration",
        arguments: [
            "30", "0", "\"0\"", "\"30\"", "\"\"", "\"1s1m\"", "\"1s1s\"", "\"-1s\"", "\"s\"", "\"1 s\"", "\"1e3s\"",
            "\".5s\"", "\"1.s\"",
            "\"36501d\"", "\"99999999999999999999999s\"", "\"99999999999999999d\"", "\"1w\"", "true", "null", "[]",
            "\"1S\"", "\"1s \"",
        ])
    func noDurations(_ text: String) throws {
        let (value, problems) = try read(Duration.self, text)
        #expect(value == nil)
        #expect(problems.count == 1)
    }

    @Test(
        "a bare number takes the key's unit",
        arguments: [
            ("30", .seconds, .seconds(30)), ("1.5", .seconds, .milliseconds(1500)),
            ("250", .milliseconds, .milliseconds(250)),
            ("\"2m\"", .milliseconds, .seconds(120)), ("0", .seconds, .zero), ("-1", .seconds, nil),
            ("1e30", .seconds, nil),
            ("Infinity", .seconds, nil), ("NaN", .seconds, nil), ("30", BareUnit.none, nil),
        ] as [(String, BareUnit, Duration?)])
    func units(_ text: String, _ unit: BareUnit, _ value: Duration?) throws {
        #expect(try read(Duration.self, text, unit: unit).value == value)
    }

    @Test("messages say what was expected and what was found")
    func messages() throws {
        #expect(try read(Duration.self, "30").problems == ["expected a duration such as 30s or 1m30s, found number 30"])
        #expect(try read(Bool.self, "\"yes\"").problems == ["expected true or false, found string 'yes'"])
        #expect(try read(Int.self, "1.5").problems == ["expected a whole number, found number 1.5"])
        #expect(try read([Int].self, "[1, \"x\", 2, null]").problems.count == 2)
    }

    @Test(
        "sizes",
        arguments: [
            ("\"100MB\"", 100_000_000), ("\"64KiB\"", 65536), ("1024", 1024), ("\"1kB\"", 1000), ("\"1KB\"", 1000),
            ("\"1kb\"", 1000),
            ("\"1.5KiB\"", 1536), ("\"2GiB\"", 2 << 30), ("\"3GB\"", 3_000_000_000), ("\"1MiB\"", 1 << 20),
            ("\"5B\"", 5), ("0", 0),
            ("1e3", 1000), ("\"8TiB\"", 8 << 40), ("\"1\"", nil), ("\"-1MB\"", nil), ("-1", nil), ("1.5", nil),
            ("\"1.5B\"", nil),
            ("\"9999999999999GB\"", nil), ("\"99999999999999999999MB\"", nil), ("99999999999999999999", nil),
            ("\"MB\"", nil),
            ("\"1 MB\"", nil), ("\"1MBx\"", nil), ("true", nil), ("\"9007199254740993B\"", 9_007_199_254_740_993),
            ("\"8388607.99999999999TiB\"", nil),
        ] as [(String, Int?)])
    func sizes(_ text: String, _ bytes: Int?) throws {
        let (value, problems) = try read(ByteSize.self, text)
        #expect(value?.bytes == bytes)
        #expect(problems.isEmpty == (bytes != nil))
        if let value { #expect(try read(ByteSize.self, value.text).value == value) }
    }

    @Test(
        "a bare size is megabytes where the key says so",
        arguments: [("500", 500_000_000), ("0.5", 500_000), ("\"1KiB\"", 1024), ("99999999999999", nil)]
            as [(String, Int?)])
    func megabytes(_ text: String, _ bytes: Int?) throws {
        #expect(try read(ByteSize.self, text, unit: .megabytes).value?.bytes == bytes)
    }

    @Test("a bare number is entries, one with a unit is bytes")
    func entries() throws {
        #expect(try read(EntriesOrBytes.self, "1000").value == .entries(1000))
        #expect(try read(EntriesOrBytes.self, "\"100MB\"").value == .bytes(100_000_000))
        #expect(try read(EntriesOrBytes.self, "-1").value == nil)
        #expect(try read(EntriesOrBytes.self, "\"1000\"").value == nil)
    }

    @Test(
        "ratios",
        arguments: [
            ("0.5", 0.5), ("\"50%\"", 0.5), ("\"12.5%\"", 0.125), ("1", 1), ("0", 0), ("-0.1", nil), ("\"50\"", nil),
            ("NaN", nil), ("\"%\"", nil), ("\"150%\"", 1.5),
        ] as [(String, Double?)])
    func ratios(_ text: String, _ value: Double?) throws {
        #expect(try read(Ratio.self, text).value?.value == value)
    }

    @Test(
        "addresses to listen on",
        arguments: [
            ("0.0.0.0:8080", .tcp(host: "0.0.0.0", port: 8080)), ("[::]:8080", .tcp(host: "::", port: 8080)),
            (":8080", .tcp(host: "::", port: 8080)), ("localhost:0", .tcp(host: "localhost", port: 0)),
            ("[::1]:65535", .tcp(host: "::1", port: 65535)), ("a-b.example_1:1", .tcp(host: "a-b.example_1", port: 1)),
            ("unix:/run/x.sock", .unix(path: "/run/x.sock")), ("8080", nil), ("localhost", nil), ("localhost:", nil),
            ("localhost:65536", nil), ("localhost:-1", nil), ("localhost:080800", nil), ("::1:80", nil), ("[::1]", nil),
            ("[::1:80", nil), ("[1.2.3.4]:80", nil), ("1.2.3:80", nil), ("256.1.1.1:80", nil), ("unix:x", nil),
            ("unix:", nil),
            ("a b:80", nil), ("-a:80", nil), ("a..b:80", nil), ("", nil), ("http://x:80", nil), ("01.2.3.4:80", nil),
        ] as [(String, ListenAddress?)])
    func addresses(_ text: String, _ value: ListenAddress?) throws {
        let (read, problems) = try read(ListenAddress.self, text.text)
        #expect(read == value, "\(problems)")
        #expect(problems.isEmpty == (value != nil))
        if let value { #expect(ListenAddress(value.spelling) == value) }
    }

    @Test("a socket path that the system cannot hold is refused")
    func longPath() {
        #expect(ListenAddress("unix:/" + String(repeating: "x", count: 106)) != nil)
        #expect(ListenAddress("unix:/" + String(repeating: "x", count: 107)) == nil)
    }

    @Test(
        "networks",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("::1", "::1/128"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"), ("::ffff:1.2.3.4", "::ffff:102:304/128"),
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1/128"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8/128"), ("1::", "1::/128"),
            ("10.0.0.1/8", nil), ("2001:db8::1/32", nil), ("10.0.0.0/33", nil), ("::/129", nil), ("10.0.0/8", nil),
            ("10.0.0.0/", nil),
            ("10.0.0.0/-1", nil), ("10.0.0.0/08x", nil), ("", nil), ("1::2::3", nil), ("1:2:3:4:5:6:7:8:9", nil),
            (":1", nil), ("1:", nil),
            ("12345::", nil), ("::g", nil), ("1.2.3.4.5", nil), ("1.2.3.04", nil), ("1:2:3:4:5:6:7::8", nil),
            ("1.2.3.4::", nil),
        ] as [(String, String?)])
    func networks(_ text: String, _ spelling: String?) throws {
        let (value, problems) = try read(CIDR.self, text.text)
        #expect(value?.spelling == spelling, "\(problems)")
        #expect(problems.isEmpty == (spelling != nil))
    }

    @Test("a network with host bits is told which it is")
    func hostBits() throws {
        #expect(try read(CIDR.self, "\"10.1.2.3/8\"").problems.first?.contains("10.0.0.0/8") == true)
        #expect(try read(CIDR.self, "\"2001:db8::ff/120\"").problems.first?.contains("2001:db8::/120") == true)
    }

    @Test(
        "addresses lie within a network or not",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/9", "10.127.255.255", true),
            ("10.0.0.0/9", "10.128.0.0", false), ("0.0.0.0/0", "255.255.255.255", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("10.0.0.0/8", "::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::", false),
            ("::1", "::1", true), ("::/0", "10.0.0.1", false), ("1.2.3.4", "1.2.3.5", false),
        ])
    func containment(_ network: String, _ address: String, _ isWithin: Bool) throws {
        let bytes = try #require(IPText.bytes(address))
        #expect(try #require(CIDR(network)).contains(bytes) == isWithin)
        #expect(CIDR(network)?.contains([]) == false)
    }

    @Test("addresses are written as they are read", arguments: ["0.0.0.0", "1.22.100.255", "10.200.9.99", "::1", "2001:db8::ff"])
    func addresses(_ text: String) throws {
        let bytes = try #require(IPText.bytes(text))
        #expect(IPText.text(bytes) == text)
        #expect(bytes.count == 16 || IPText.four(bytes) == Array(text.utf8))
    }

    @Test("whole numbers and booleans take no other spelling")
    func scalars() throws {
        #expect(try read(Int.self, "1e3").value == 1000)
        #expect(try read(Int.self, "1e400").value == nil)
        #expect(try read(Int.self, "\"1\"").value == nil)
        #expect(try read(Bool.self, "1").value == nil)
        #expect(try read(Double.self, "Infinity").value == nil)
        #expect(try read(String.self, "1").value == nil)
        #expect(try read(Int?.self, "5").value == .some(5))
    }

    @Test("one or many, maps and places")
    func containers() throws {
        #expect(try read(OneOrMany<Int>.self, "1").value == [1])
        #expect(try read(OneOrMany<Int>.self, "[1, 2]").value == [1, 2])
        #expect(try read(OneOrMany<Int>.self, "\"x\"").value == nil)
        #expect(try read([String: Int].self, "{a: 1, b: null}").value == ["a": 1])
        #expect(try read([String: Int].self, "{a: true, b: false}").problems.count == 2)
        #expect(try read(Located<Int>.self, "  7").value?.position.text == "f:1:3")
        #expect(Located(1, at: .unwritten) == Located(1))
    }

    @Test("a secret shows itself nowhere")
    func secrets() throws {
        let secret = try #require(try read(Secret.self, "\"hush\"").value)
        #expect(secret.value == "hush")
        #expect(
            ![secret.text, "\(secret)", String(reflecting: secret), String(describing: [secret])].contains {
                $0.contains("hush")
            })
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hush"))
        #expect(try read(Secret.self, "12345").problems.first?.contains("12345") == false)
        #expect(try read(Secret.self, "\"__OPENCLAW_REDACTED__\"").value == nil)
    }

    enum Fruit: String, Variant {
        case redApple = "red-apple"
        case pear
        static var noun: String { "fruit" }
        static var spellings: [String: Fruit] { ["bartlett": .pear] }
    }

    @Test(
        "variants take any case and separator, and suggest the nearest",
        arguments: [
            ("red-apple", .redApple), ("red_apple", .redApple), ("redApple", .redApple), ("Red Apple", .redApple),
            ("PEAR", .pear),
            ("bartlett", .pear), ("Bart-lett", .pear), ("peach", nil),
        ] as [(String, Fruit?)])
    func variants(_ text: String, _ value: Fruit?) throws {
        #expect(try read(Fruit.self, text.text).value == value)
    }

    @Test("an unknown variant says so")
    func unknownVariant() throws {
        #expect(try read(Fruit.self, "\"paer\"").problems == ["no fruit 'paer'; did you mean 'pear'?"])
        #expect(try read(Fruit.self, "\"xyz\"").problems == ["no fruit 'xyz'; expected red-apple or pear"])
        #expect(try read(Fruit.self, "1").problems == ["expected a fruit: red-apple or pear, found number 1"])
    }

    private func read<V: SettingValue>(
        _ type: V.Type, _ text: String, unit: BareUnit = .none
    ) throws -> (value: V?, problems: [String]) {
        let node = try JSONReader.read(Array(text.utf8), source: "f", dialect: .json5)
        var reading = Reading()
        reading.unit = unit
        let value = V.read(node, &reading)
        return (value, reading.problems.map(\.message))
    }
}
