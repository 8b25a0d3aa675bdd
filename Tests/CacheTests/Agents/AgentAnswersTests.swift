import Cache
import Testing
import Wire

@Suite("answers of agents")
struct AgentAnswersTests {
    @Test(
        "that are complete are kept",
        arguments: [
            #"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#,
            #"{"choices":[{"message":{"content":"hi","tool_calls":null,"refusal":null},"finish_reason":"stop"}]}"#,
            #"{"choices":[{"text":"hi","finish_reason":"eos_token"}]}"#,
            #"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#,
            #"{"type":"message","content":[],"stop_reason":"stop_sequence"}"#,
            #"{"object":"response","status":"completed","error":null,"output":[{"type":"message"}]}"#,
            #"{"object":"list","data":[{"embedding":[0.1,-2e-3]}]}"#, #"{"reply":"hi","ok":true}"#,
            #"{"message":{"content":"hi"},"done":true,"done_reason":"stop"}"#, #"{"status":"ok"}"#,
        ])
    func complete(_ body: String) {
        #expect(Agents.judge(body) == .storable)
    }

    @Test(
        "that went wrong, stopped short or do something are not",
        arguments: [
            (#"{"error":{"message":"x"}}"#, NotKept.failed), (#"{"type":"error","error":{}}"#, .failed),
            (#"{"ok":false}"#, .failed), (#"{"success":false}"#, .failed), (#"{"status":"failed"}"#, .failed),
            (#"{"choices":[]}"#, .incomplete), (#"{"choices":[{"message":{}}]}"#, .incomplete),
            (#"{"choices":[{"finish_reason":null}]}"#, .incomplete),
            (#"{"choices":[{"finish_reason":"stop"},{"finish_reason":"length"}]}"#, .cut),
            (#"{"choices":[{"finish_reason":"content_filter"}]}"#, .filtered),
            (#"{"choices":[{"finish_reason":"unheard_of"}]}"#, .incomplete),
            (#"{"choices":[{"finish_reason":"tool_calls"}]}"#, .tools),
            (#"{"choices":[{"message":{"tool_calls":[{"id":"c"}]},"finish_reason":"stop"}]}"#, .tools),
            (#"{"choices":[{"message":{"refusal":"no"},"finish_reason":"stop"}]}"#, .filtered),
            (#"{"type":"message","content":[],"stop_reason":"max_tokens"}"#, .cut),
            (#"{"type":"message","content":[],"stop_reason":"refusal"}"#, .filtered),
            (#"{"type":"message","content":[],"stop_reason":"pause_turn"}"#, .tools),
            (#"{"type":"message","content":[],"stop_reason":null}"#, .incomplete),
            (#"{"type":"message","content":[{"type":"server_tool_use"}],"stop_reason":"end_turn"}"#, .tools),
            (#"{"object":"response","status":"in_progress"}"#, .incomplete), (#"{"object":"response"}"#, .incomplete),
            (#"{"object":"response","status":"incomplete"}"#, .incomplete),
            (
                #"{"object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}"#,
                .cut
            ),
            (#"{"object":"response","status":"completed","output":[{"type":"function_call"}]}"#, .tools),
            (#"{"done":false,"message":{}}"#, .incomplete), (#"{"done":true,"done_reason":"length"}"#, .cut),
            ("", .invalid), ("{", .invalid), ("[1]", .invalid), ("hello", .invalid), (#"{"a":1}{"b":2}"#, .invalid),
        ])
    func notKept(_ body: String, _ reason: NotKept) {
        #expect(Agents.judge(body) == .not(reason))
    }

    @Test(
        "of another status than 200 are not", arguments: [201, 202, 203, 204, 206, 301, 304, 400, 404, 429, 500, 503])
    func status(_ status: Int) {
        #expect(Agents.judge(#"{"reply":"hi"}"#, status: status) == .not(.status))
    }

    @Test(
        "of another kind than was asked for, or none that is known, are not",
        arguments: [
            ("text/event-stream", false, NotKept.form), ("application/json", true, .form),
            ("text/html", false, .contentType),
            ("application/x-ndjson", false, .contentType), (nil, false, .contentType), (nil, true, .contentType),
        ] as [(String?, Bool, NotKept)])
    func kind(_ type: String?, _ isStream: Bool, _ reason: NotKept) {
        #expect(Agents.judge(#"{"reply":"hi"}"#, type: type, isStream: isStream) == .not(reason))
    }

    private static let chat = [
        #"data: {"choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}"#,
        #"data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}"#,
        #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        #"data: {"choices":[],"usage":{"total_tokens":3}}"#, "data: [DONE]",
    ]
    private static let messages = [
        #"event: message_start\#ndata: {"type":"message_start","message":{"stop_reason":null}}"#,
        #"event: ping\#ndata: {"type":"ping"}"#,
        #"event: content_block_start\#ndata: {"type":"content_block_start","content_block":{"type":"text","text":""}}"#,
        #"event: content_block_delta\#ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"hi"}}"#,
        #"event: message_delta\#ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
        #"event: message_stop\#ndata: {"type":"message_stop"}"#,
    ]
    private static let responses = [
        #"event: response.created\#ndata: {"type":"response.created","response":{"status":"in_progress"}}"#,
        #"event: response.output_text.delta\#ndata: {"type":"response.output_text.delta","delta":"hi"}"#,
        #"event: response.completed\#ndata: {"type":"response.completed","#
            + #""response":{"object":"response","status":"completed"}}"#,
    ]
    private static let plain = [": hello", "retry: 5", "data: some text", "data: more\ndata: of it", "data: [DONE]"]

    @Test("that are streams are kept with the end that their API has", arguments: [chat, messages, responses, plain])
    func streams(_ events: [String]) {
        #expect(Agents.judge(events: events) == .storable)
        #expect(Agents.judge(events: events, type: "Text/Event-Stream; charset=utf-8") == .storable)
        #expect(Agents.judge(events: events + [": bye"]) == .storable)
        for end in ["\r\n", "\r"] {
            let text = events.map { $0.split(separator: "\n").joined(separator: end) + end + end }.joined()
            #expect(Agents.judge(text, type: "text/event-stream", isStream: true) == .storable)
            #expect(Agents.judge("\u{feff}" + text, type: "text/event-stream", isStream: true) == .storable)
        }
    }

    @Test("that are streams and end anywhere else are not", arguments: [chat, messages, responses, plain])
    func cutStreams(_ events: [String]) {
        let text = Array((events.joined(separator: "\n\n") + "\n\n").utf8)
        for count in 0..<text.count {
            let verdict = Agents.judge(
                String(decoding: text[..<count], as: UTF8.self), type: "text/event-stream", isStream: true)
            #expect(verdict == .not(.incomplete), "\(count) of \(text.count)")
        }
    }

    @Test(
        "that are streams and go wrong are not",
        arguments: [
            (Array(chat.dropLast(3)) + ["data: [DONE]"], NotKept.incomplete),
            ([#"data: {"choices":[{"delta":{},"finish_reason":"length"}]}"#, "data: [DONE]"], .cut),
            ([#"data: {"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}"#], .tools),
            ([#"data: {"error":{"message":"overloaded"}}"#, "data: [DONE]"], .failed),
            (["event: error\ndata: oh", "data: [DONE]"], .failed),
            (chat + [#"data: {"choices":[]}"#], .invalid), (chat + ["data: x"], .invalid),
            (messages.dropLast(2) + [messages[5]], .incomplete),
            (
                [messages[0]] + [#"data: {"type":"content_block_start","content_block":{"type":"tool_use"}}"#], .tools
            ),
            ([#"data: {"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#, messages[5]], .cut),
            ([#"data: {"type":"response.failed","response":{}}"#], .failed),
            (
                [
                    #"data: {"type":"response.incomplete","response":{"object":"response","status":"incomplete","#
                        + #""incomplete_details":{"reason":"content_filter"}}}"#
                ], .filtered
            ),
            ([#"data: {"type":"response.completed"}"#], .invalid),
        ])
    func failedStreams(_ events: [String], _ reason: NotKept) {
        #expect(Agents.judge(events: events) == .not(reason))
    }

    private func saySame(_ one: String, _ other: String, _ type: String = "application/json") -> Bool {
        Array(one.utf8).withUnsafeBytes { one in
            Array(other.utf8).withUnsafeBytes { other in
                Array(type.utf8).withUnsafeBytes { AgentAnswers.saySame(one, other, contentType: $0) }
            }
        }
    }

    @Test("are compared by what they say")
    func compared() {
        func chat(_ text: String, id: Int) -> String {
            #"{"id":"c-\#(id)","created":\#(id),"choices":[{"message":{"content":"\#(text)"},"finish_reason":"stop"}]}"#
        }
        #expect(saySame(chat("hi", id: 1), chat("hi", id: 2)))
        #expect(!saySame(chat("hi", id: 1), chat("ho", id: 1)))
        #expect(saySame(#"{"id":1,"content":[{"text":"a"}]}"#, #"{"id":2,"content":[{"text":"a"}]}"#))
        #expect(!saySame(#"{"content":[{"text":"a"}]}"#, #"{"content":[{"text":"b"}]}"#))
        #expect(!saySame(#"{"output":[{"content":[{"text":"a"}]}]}"#, #"{"output":[{"content":[{"text":"b"}]}]}"#))
        #expect(saySame(#"{"id":1,"reply":"a","n":1}"#, #"{"n":1.0,"reply":"a"}"#))
        #expect(!saySame(#"{"reply":"a"}"#, #"{"reply":"b"}"#))
        #expect(!saySame("a", "b") && saySame("a", "a") && !saySame("a", "b", "text/plain"))
    }

    @Test("that are streams are compared by their text, however it was cut", arguments: [chat, messages, responses])
    func comparedStreams(_ events: [String]) {
        func text(_ events: [String]) -> String { events.map { $0 + "\n\n" }.joined() }
        let split = events.flatMap { event in
            event.contains(#""hi""#) ? ["h", "i"].map { event.replacing(#""hi""#, with: #""\#($0)""#) } : [event]
        }
        #expect(split.count > events.count)
        #expect(saySame(text(events), text(split), "text/event-stream"))
        let other = events.map { $0.replacing(#""hi""#, with: #""ho""#) }
        #expect(!saySame(text(events), text(other), "text/event-stream"))
    }
}
