import Cache
import Testing
import Wire

@Suite("requests to agents that have no key")
struct AgentNeverTests {
    private func chat(_ more: String) -> String {
        #"{"model":"m","messages":[{"role":"user","content":"hi"}],\#(more)}"#
    }

    @Test(
        "with tools",
        arguments: [
            #""tools":[{"type":"function"}]"#, #""functions":[{"name":"f"}]"#, #""tool_choice":"auto""#,
            #""tool_choice":{"type":"none"}"#, #""function_call":"auto""#, #""mcp_servers":[{}]"#, #""Tools":[{}]"#,
            #""to\u006fls":[{}]"#, #""web_search_options":{"a":1}"#, #""container":"c-1""#,
            #""plugins":[{"id":"web"}]"#,
        ])
    func tools(_ more: String) {
        #expect(Agents.key(chat(more)).refusal == .tools)
    }

    @Test(
        "whose messages speak of the use of tools",
        arguments: [
            #"{"messages":[{"role":"tool","tool_call_id":"c","content":"4"}]}"#,
            #"{"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c"}]}]}"#,
            #"{"messages":[{"role":"function","name":"f","content":"4"}]}"#,
            #"{"messages":[{"role":"assistant","content":[{"type":"tool_use","name":"f","input":{}}]}]}"#,
            #"{"messages":[{"role":"user","content":[{"type":"tool_result","content":"4"}]}]}"#,
            #"{"input":[{"type":"function_call_output","output":"4"}]}"#,
            #"{"input":[{"type":"message","role":"user","content":"a"},{"type":"web_search_call"}]}"#,
        ])
    func toolUse(_ body: String) {
        #expect(Agents.key(body).refusal == .tools)
    }

    @Test(
        "no tools are none, and words are no tools",
        arguments: [
            #""tools":[]"#, #""tools":null"#, #""tool_choice":"none""#, #""tool_choice":null"#, #""functions":[]"#,
            #""system":"use tool_calls and tools""#, #""stop":["tools"]"#, #""parallel_tool_calls":true"#,
        ])
    func noTools(_ more: String) {
        #expect(Agents.key(chat(more)).refusal == nil)
    }

    @Test(
        "in a session that the body names",
        arguments: [
            #""session_key":"s""#, #""sessionKey":"s""#, #""session_id":7"#, #""previous_response_id":"resp_1""#,
            #""conversation":"conv_1""#, #""conversation":{"id":"conv_1"}"#, #""thread_id":"t""#,
            #""metadata":{"session_key":"s"}"#, #""metadata":{"conversation_id":"s"}"#,
        ])
    func session(_ more: String) {
        #expect(Agents.key(chat(more)).refusal == .session)
    }

    @Test(
        "in a session that the head names",
        arguments: ["X-OpenClaw-Session-Key: s", "X-Session-Key: s", "Mcp-Session-Id: s", "x-conversation-id: s"])
    func sessionField(_ line: String) {
        #expect(Agents.key(chat(#""seed":1"#), [line]).refusal == .session)
    }

    @Test("in the session of an OpenClaw agent's user")
    func openClaw() {
        #expect(Agents.key(#"{"message":"hi","agent":"coder","user":"u"}"#).refusal == .session)
        #expect(Agents.key(#"{"model":"openclaw/coder","input":"hi","user":"u"}"#).refusal == .session)
        #expect(Agents.key(#"{"message":"hi","agent":"coder"}"#).refusal == nil)
        #expect(Agents.key(#"{"message":"hi","session_key":""}"#).refusal == nil)
    }

    @Test(
        "above the bound of temperature, wherever it stands",
        arguments: [
            ("1.01", 1.0), ("2", 1), ("1e999", 1), ("0.1", 0), ("1", 0.9), (#""0""#, 1), ("true", 1), ("[0]", 1),
        ])
    func temperature(_ stated: String, _ bound: Double) {
        let policy = AgentCachePolicy(maxTemperature: bound)
        #expect(Agents.key(chat(#""temperature":\#(stated)"#), [], policy).refusal == .temperature)
        #expect(Agents.key(chat(#""Temperature":\#(stated)"#), [], policy).refusal == .temperature)
        #expect(Agents.key(chat(#""options":{"temperature":\#(stated)}"#), [], policy).refusal == .temperature)
    }

    @Test(
        "up to the bound they have one, and one that states none has the API's own 1",
        arguments: [
            (#""temperature":1"#, 1.0), (#""temperature":0"#, 0), (#""temperature":10e-1"#, 1), (#""seed":1"#, 1),
        ])
    func withinBound(_ more: String, _ bound: Double) {
        let policy = AgentCachePolicy(maxTemperature: bound)
        #expect(Agents.key(chat(more), [], policy).refusal == nil)
        #expect(Agents.key(chat(#""seed":1"#), [], AgentCachePolicy(maxTemperature: 0.5)).refusal == .temperature)
        #expect(
            Agents.key(chat(#""temperature":null"#), [], AgentCachePolicy(maxTemperature: 0)).refusal == .temperature)
    }

    @Test(
        "with credentials, unless the rule gives leave",
        arguments: ["Authorization: Bearer t", "Cookie: a=b", "X-Api-Key: k", "api-key: k", "X-OpenClaw-Token: t"])
    func credentials(_ line: String) {
        let body = chat(#""seed":1"#)
        #expect(Agents.key(body, [line]).refusal == .credentials)
        #expect(Agents.key(body, [line], AgentCachePolicy(allowsCredentials: true)).refusal == nil)
    }

    @Test("credentials that do not go on to the agent are none of its")
    func edgeCredentials() {
        let head = Agents.head(["Authorization: Bearer t"])
        let refusal = Array(chat(#""seed":1"#).utf8).withUnsafeBytes {
            AgentKey.make(body: $0, head: head, settings: AgentCachePolicy(), hasCredentials: false).refusal
        }
        #expect(refusal == nil)
    }

    @Test(
        "that want more than one answer, or an effect",
        arguments: [
            (#""n":2"#, NotCached.choices), (#""n":"2""#, .choices), (#""best_of":4"#, .choices),
            (#""store":true"#, .effects), (#""background":true"#, .effects), (#""deliver":true"#, .effects),
            (#""stream":"yes""#, .streamFlag), (#""stream":1"#, .streamFlag),
        ])
    func effects(_ more: String, _ reason: NotCached) {
        #expect(Agents.key(chat(more)).refusal == reason)
    }

    @Test("one answer and no effect are plain requests", arguments: [#""n":1"#, #""n":null"#, #""store":false"#])
    func noEffects(_ more: String) {
        #expect(Agents.key(chat(more)).refusal == nil)
    }

    @Test(
        "with a name that readers take differently",
        arguments: [
            (#"{"model":"a","model":"b","prompt":"p"}"#, NotCached.nameTwice),
            (#"{"messages":[{"role":"user","role":"system","content":"x"}]}"#, .nameTwice),
            (#"{"messages":[{"role":"user","\u0072ole":"system","content":"x"}]}"#, .nameTwice),
            (#"{"prompt":"p","stream":false,"Stream":true}"#, .nameTwice), (#"{"prompt":"p","toolſ":[{}]}"#, .shape),
        ])
    func names(_ body: String, _ reason: NotCached) {
        #expect(Agents.key(body).refusal == reason)
    }

    @Test(
        "that ask in no known way",
        arguments: [
            "{}", "[]", #""text""#, "7", #"{"model":"m"}"#, #"{"messages":"hi"}"#, #"{"messages":[]}"#,
            #"{"message":["hi"]}"#, #"{"prompt":5}"#, #"{"input":null}"#, #"{"message":""}"#, #"{"query":"hi"}"#,
        ])
    func shape(_ body: String) {
        #expect(Agents.key(body).refusal == .shape)
    }

    @Test(
        "that are no POST of plain JSON",
        arguments: [
            ("PUT", "application/json", [], NotCached.method), ("GET", "application/json", [], .method),
            ("POST", "text/plain", [], .contentType), ("POST", "application/x-www-form-urlencoded", [], .contentType),
            ("POST", "application/json; charset=utf-16", [], .contentType),
            ("POST", "application/jsonl", [], .contentType), ("POST", "text/json", [], .contentType),
            ("POST", "application/json", ["Content-Encoding: gzip"], .contentType),
        ] as [(String, String, [String], NotCached)])
    func declared(_ method: String, _ type: String, _ fields: [String], _ reason: NotCached) {
        let body = Array(chat(#""seed":1"#).utf8)
        #expect(Agents.key(body, Agents.head(fields, method: method, type: type)).refusal == reason)
    }

    @Test(
        "JSON is known by its types, and taken for granted where none is said",
        arguments: [nil, "application/json", "Application/JSON;charset=UTF-8", "application/vnd.x+json"])
    func types(_ type: String?) {
        #expect(Agents.key(Array(chat(#""seed":1"#).utf8), Agents.head(type: type)).refusal == nil)
    }

    @Test("that are larger or deeper than is looked at")
    func large() {
        func nested(_ depth: Int) -> String {
            let inner = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return #"{"prompt":"p","x":\#(inner)}"#
        }
        #expect(Agents.key(nested(63)).refusal == nil)
        #expect(Agents.key(nested(64)).refusal == .tooLarge)
        #expect(Agents.key(nested(300_000)).refusal == .tooLarge)
        #expect(Agents.key(#"{"prompt":[\#(String(repeating: "1,", count: 140_000))1]}"#).refusal == .tooLarge)
        let frame = #"{"prompt":""}"#.utf8.count
        func long(_ count: Int) -> String { #"{"prompt":"\#(String(repeating: "x", count: count - frame))"}"# }
        #expect(Agents.key(long(1 << 20)).refusal == nil)
        #expect(Agents.key(long(1 << 20 + 1)).refusal == .tooLarge)
    }

    @Test("each reason has a word and a meaning of its own")
    func words() {
        #expect(Set(NotCached.allCases.map(\.word)).count == NotCached.allCases.count)
        #expect(Set(NotCached.allCases.map(\.meaning)).count == NotCached.allCases.count)
    }
}
