import Cache
import Testing
import Wire

@Suite("the key of a POST request to an agent")
struct AgentKeyTests {
    private let plain = #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#

    @Test(
        "is the same for texts of the same meaning",
        arguments: [
            (#"{"messages":[{"content":"hi","role":"user"}],"model":"m"}"#, "order of names"),
            ("{ \"model\" :\t\"m\",\r\n \"messages\": [ {\"role\":\"user\", \"content\":\"hi\" } ] } ", "blanks"),
            (#"{"\u006dodel":"m","messages":[{"role":"user","content":"\u0068\u0069"}]}"#, "escapes"),
            (#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false}"#, "what is stated anyway"),
            (#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":null}"#, "null for absent"),
            (#"{"model":"m","messages":[{"role":"user","content":"hi"}],"user":"u-1"}"#, "who asks"),
            (#"{"metadata":{"a":1},"model":"m","messages":[{"role":"user","content":"hi"}]}"#, "metadata"),
        ])
    func same(_ body: String, _ what: String) throws {
        let key = try Agents.key(plain).get()
        #expect(try Agents.key(body).get() == key, "\(what)")
        #expect(key.bytes.count == 34)
    }

    @Test(
        "does not depend on how numbers and strings are written",
        arguments: [
            ("1", "1.0"), ("1", "10e-1"), ("100", "1e2"), ("100", "1E+2"), ("0", "-0.0"), ("0", "0e5"), ("0.5", "5e-1"),
            ("-12.50", "-125E-1"), ("123456789012345678901", "1234567890123456789010e-1"),
            (#""é""#, #""\u00e9""#), (#""😀""#, #""\ud83d\uDE00""#), (#""a/b""#, #""a\/b""#),
            (#""\n""#, #""\u000A""#),
            (#""\"\\""#, #""\u0022\u005c""#), (#"{"a":1,"b":[2]}"#, #"{ "b" : [ 2.0 ] , "a" : 1 }"#),
        ])
    func spelling(_ one: String, _ other: String) throws {
        func body(_ value: String) -> String { #"{"prompt":"p","seed":\#(value)}"# }
        #expect(try Agents.key(body(one)).get() == Agents.key(body(other)).get())
    }

    @Test(
        "is another one for another meaning",
        arguments: [
            ("1", "2"), ("1", #""1""#), ("1", "-1"), ("1", "10"), ("1", "true"), ("null", "false"), ("[]", "{}"),
            ("[1,2]", "[2,1]"), ("[12]", "[1,2]"), (#"["a","b"]"#, #"["a,b"]"#), (#""a""#, #""A""#),
            (#""a""#, #""a ""#),
            (#"{"a":"b"}"#, #"["a","b"]"#), (#""\u0001""#, #""\\u0001""#), (#""é""#, #""e\u0301""#),
            ("9007199254740993", "9007199254740992"), ("0.1", "0.10000000000000001"), ("1e400", "1e401"),
            (#"{"a":{"b":1},"c":2}"#, #"{"a":{"b":1,"c":2}}"#), (#"{"":1}"#, #"{"a":1}"#),
        ])
    func different(_ one: String, _ other: String) throws {
        func body(_ value: String) -> String { #"{"prompt":"p","seed":\#(value)}"# }
        #expect(try Agents.key(body(one)).get() != Agents.key(body(other)).get())
    }

    @Test("tells streams and whole answers apart, in the body and by what the client takes")
    func streams() throws {
        let whole = try Agents.key(plain).get()
        let stream = try Agents.key(#"{"stream":true,"# + plain.dropFirst()).get()
        let taken = try Agents.key(plain, ["Accept: application/json, text/event-stream"]).get()
        #expect(!whole.isStream && stream.isStream && !taken.isStream)
        #expect(Set([whole, stream, taken]).count == 3)
        #expect(Set([whole, stream, taken].map(\.bytes)).count == 3)
    }

    @Test(
        "has the header fields that say what is asked, and those that the rule chose",
        arguments: [
            "Anthropic-Version: 2023-06-01", "anthropic-beta: x", "OpenAI-Organization: o", "X-OpenClaw-Model: m",
            "X-Chosen: 1", "X-Chosen:",
        ])
    func fields(_ line: String) throws {
        let policy = AgentCachePolicy(headers: ["X-Chosen"])
        let without = try Agents.key(plain, [], policy).get()
        let with = try Agents.key(plain, [line], policy).get()
        #expect(with != without)
        #expect(try Agents.key(plain, ["User-Agent: me/1.0", line.lowercased()], policy).get() == with)
        #expect(try Agents.key(plain, [line + "2"], policy).get() != with)
        #expect(try Agents.key(plain, [line, line], policy).get() != with)
        #expect(try Agents.key(plain, ["User-Agent: me/1.0", "X-Other: 1"], policy).get() == without)
    }

    @Test("is the same for chosen fields in any order of their names")
    func fieldOrder() throws {
        let policy = AgentCachePolicy(headers: ["a", "b"])
        let key = try Agents.key(plain, ["A: 1", "B: 2", "a: 3"], policy).get()
        #expect(try Agents.key(plain, ["b: 2", "a: 1", "a: 3"], policy).get() == key)
        #expect(try Agents.key(plain, ["b: 2", "a: 3", "a: 1"], policy).get() != key)
        #expect(try Agents.key(plain, ["a: 2", "b: 1", "a: 3"], policy).get() != key)
    }

    @Test("tells what it found", arguments: AgentShape.allCases)
    func facts(_ shape: AgentShape) throws {
        let (body, model) =
            switch shape {
            case .messages: (plain, "m")
            case .input: (#"{"model":"r","input":"hi"}"#, "r")
            case .prompt: (#"{"model":"c","prompt":["hi"]}"#, "c")
            case .message: (#"{"message":"hi","agent":"coder"}"#, "coder")
            }
        let key = try Agents.key(body).get()
        #expect(key.shape == shape && key.template == nil)
        #expect(String(decoding: key.model, as: UTF8.self) == model)
    }

    @Test("leaves out what the rule says, but nothing that decides what the answer is")
    func ignored() throws {
        let policy = AgentCachePolicy(ignore: ["trace", "model", "messages", "temperature", "system"])
        let key = try Agents.key(plain, [], policy).get()
        #expect(try Agents.key(#"{"trace":{"id":7},"# + plain.dropFirst(), [], policy).get() == key)
        for more in [#""user":"u""#, #""Trace":1"#, #""temperature":0"#, #""system":"s""#] {
            #expect(try Agents.key("{\(more)," + plain.dropFirst(), [], policy).get() != key, "\(more)")
        }
        let other = plain.replacing(#""m""#, with: #""n""#)
        #expect(try Agents.key(other, [], policy).get() != key)
        // a member of this name further within is none of those
        let inner = #"{"model":"m","messages":[{"role":"user","content":"hi","trace":1}]}"#
        #expect(try Agents.key(inner, [], policy).get() != key)
    }

    @Test("of OpenAI's responses has who asks, as the answer repeats it")
    func repeated() throws {
        let key = try Agents.key(#"{"model":"r","input":"hi"}"#).get()
        for name in AgentCachePolicy.unheard {
            #expect(try Agents.key(#"{"model":"r","input":"hi","\#(name)":"x"}"#).get() != key, "\(name)")
        }
    }

    @Test("of semantic rules is the exact one, beside what finds similar requests")
    func semantic() throws {
        let key = try Agents.key(plain).get()
        let other = try Agents.key(plain, [], AgentCachePolicy(strategy: .semantic)).get()
        #expect(other.bytes == key.bytes && key.similar == nil)
        #expect(other.similar?.prompt == Array("hi".utf8))
        #expect(other.similar?.frame.count == 34 && other.similar?.frame != key.bytes)
    }

    @Test("has a frame that is the same for another prompt, and another for anything else")
    func frame() throws {
        let policy = AgentCachePolicy(strategy: .semantic)
        func frame(_ body: String) throws -> [UInt8]? { try Agents.key(body, [], policy).get().similar?.frame }
        let own = try frame(plain)
        #expect(try own != nil && frame(plain.replacing("hi", with: "hello")) == own)
        for (old, new) in [
            (#""m""#, #""n""#), (#"[{"role""#, #"[{"role":"system","content":"s"},{"role""#), (#"{"model""#, #"{"seed":1,"model""#),
            (#"{"model""#, #"{"stream":true,"model""#),
        ] {
            #expect(try frame(plain.replacing(old, with: new)) != own, "\(new)")
        }
    }

    @Test("finds no similar requests where there is no single newest text of a user")
    func withoutPrompt() throws {
        let policy = AgentCachePolicy(strategy: .semantic)
        for body in [
            #"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]}"#,
            #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}"#,
        ] {
            #expect(try Agents.key(body, [], policy).get().similar == nil, "\(body)")
        }
    }
}
