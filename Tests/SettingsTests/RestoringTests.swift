import Settings
import Testing

@Suite("secrets come back when the word for them is written back")
struct RestoringTests {
    private let redaction = Redaction(Depot.info)

    @Test(
        "a hidden value that is written back is the stored one, wherever its key stands now",
        arguments: [
            ("{token: 's'}", "{gateway: {token: 'R'}}", #"{"gateway": {"token": "s"}}"#),
            ("{gateway: {token: 's'}}", "{token: 'R', http: {name: 'n'}}", #"{"token": "s", "http": {"name": "n"}}"#),
            ("{token: 12345}", "{token: 'R'}", #"{"token": 12345}"#),
            ("{hashes: ['a', 'b']}", "{hashes: ['R', 'R']}", #"{"hashes": ["a", "b"]}"#),
            (
                "{outputs: [{secretKey: 'k'}]}", "{outputs: [{secret_key: 'R', maxSize: 2}]}",
                #"{"outputs": [{"secret_key": "k", "maxSize": 2}]}"#
            ),
            // Entries with an identity may move.
            (
                "{rules: [{name: 'a', headers: {set: {X: '1'}}}, {name: 'b', headers: {set: {X: '2'}}}]}",
                "{rules: [{rule_name: 'b', headers: {set: {X: 'R'}}}]}",
                #"{"rules": [{"rule_name": "b", "headers": {"set": {"X": "2"}}}]}"#
            ),
            // One without goes where one is shown so.
            (
                "{outputs: [{type: 'a', secretKey: '1'}, {type: 'b', secretKey: '2'}]}",
                "{outputs: [{type: 'b', secretKey: 'R'}]}",
                #"{"outputs": [{"type": "b", "secretKey": "2"}]}"#
            ),
            (
                "{outputs: [{type: 'a', secretKey: '1'}, {type: 'b', secretKey: '2'}]}",
                "{outputs: [{type: 'c'}, {type: 'a', secret_key: 'R'}, {type: 'b', secretKey: 'R'}]}",
                #"{"outputs": [{"type": "c"}, {"type": "a", "secret_key": "1"}, {"type": "b", "secretKey": "2"}]}"#
            ),
            ("{hashes: ['a', 'b']}", "{hashes: ['R', 'R', 'c']}", #"{"hashes": ["a", "b", "c"]}"#),
            (
                "{tls: {layers: [{name: 'x', password: 'p'}], url: 'redis://:p@h'}}",
                "{tls: {url: 'R', layers: [{name: 'y'}, {name: 'x', password: 'R'}]}}",
                #"{"tls": {"url": "redis://:p@h", "layers": [{"name": "y"}, {"name": "x", "password": "p"}]}}"#
            ),
            // A string in which a secret was hidden that stands elsewhere.
            (
                "{token: 'hush-hush', http: {name: 'x hush-hush y'}}", "{token: 'R', http: {name: 'x R y'}}",
                #"{"token": "hush-hush", "http": {"name": "x hush-hush y"}}"#
            ),
            ("{http: {name: 'about R'}}", "{http: {name: 'about R'}}", #"{"http": {"name": "about R"}}"#),
            ("{}", "{token: 's'}", #"{"token": "s"}"#),
        ])
    func restored(_ stored: String, _ document: String, _ result: String) throws {
        var reading = Reading()
        let restored = redaction.restored(
            try node(document.replacingR), from: try node(stored.replacingR), &reading)
        #expect(restored.json == result.replacingR)
        #expect(reading.lines == [])
    }

    @Test(
        "a hidden value for which none is stored is told",
        arguments: [
            ("{}", "{token: 'R'}", "patch:1:9: gateway.token"),
            ("{token: 'R'}", "{gateway: {token: 'R'}}", "patch:1:19: gateway.token"),
            ("{token: ['x']}", "{token: 'R'}", "patch:1:9: gateway.token"),
            (
                "{rules: [{name: 'a', headers: {set: {X: '1'}}}]}", "{rules: [{name: 'b', headers: {set: {X: 'R'}}}]}",
                "patch:1:41: gateway.rules[0].headers.set.X"
            ),
            // Which of the two was taken away?
            ("{hashes: ['a', 'b']}", "{hashes: ['R']}", "patch:1:11: gateway.hashes[0]"),
            (
                "{outputs: [{type: 'a', secretKey: '1'}, {type: 'b', secretKey: '2'}]}",
                "{outputs: [{type: 'c', secretKey: 'R'}]}",
                "patch:1:35: gateway.outputs[0].secretKey"
            ),
            ("{token: 'hush-hush'}", "{token: 'Bearer R'}", "patch:1:9: gateway.token"),
            ("{tls: {a: 'x'}}", "{tls: {a: {b: 'R'}}}", "patch:1:15: gateway.tls.a.b"),
            ("{}", "{unknown: ['R']}", "patch:1:12: gateway.unknown[0]"),
        ])
    func missing(_ stored: String, _ document: String, _ place: String) throws {
        var reading = Reading()
        _ = redaction.restored(
            try node(document.replacingR, source: "patch"), from: try node(stored.replacingR), &reading)
        #expect(
            reading.lines == [
                "\(place): \(Secret.redacted) stands for a hidden value, and none is stored here; give the secret itself or ${NAME}"
            ])
    }

    @Test("whatever is hidden comes back whole", arguments: 0..<10)
    func roundTrip(_ round: Int) {
        let seed = UInt64(20_270_301 + round)
        var random = RandomDepot(seed: seed)
        for _ in 0..<50 {
            let document = random.dressed(random.canonical())
            let hidden = redaction.hidden(document: document)
            var reading = Reading()
            let restored = redaction.restored(hidden, from: document, &reading)
            #expect(reading.lines == [], "seed \(seed): \(document.json)")
            #expect(restored.json == document.json, "seed \(seed)")
            #expect(redaction.hidden(document: hidden).json == hidden.json)
        }
    }
}
