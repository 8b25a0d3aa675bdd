import Settings
import Testing

@Suite("secrets are hidden wherever they stand")
struct RedactionTests {
    private let redaction = Redaction(Depot.info)

    @Test(
        "what is declared secret is hidden: values, elements, values of maps, in any spelling and place",
        arguments: [
            // The document, and what is shown: R for what is hidden.
            ("{token: 's'}", #"{"token": "R"}"#), ("{gateway: {token: 's'}}", #"{"gateway": {"token": "R"}}"#),
            ("{token: ''}", #"{"token": ""}"#), ("{token: null}", #"{"token": null}"#),
            ("{token: 12345}", #"{"token": "R"}"#),
            ("{token: '${TOKEN}'}", #"{"token": "${TOKEN}"}"#), ("{token: 'x${TOKEN}'}", #"{"token": "R"}"#),
            ("{token: '$${TOKEN}'}", #"{"token": "R"}"#), ("{token: '${A}${B}'}", #"{"token": "R"}"#),
            ("{hashes: ['a', 'b']}", #"{"hashes": ["R", "R"]}"#), ("{hashes: 'a'}", #"{"hashes": "R"}"#),
            (
                "{rules: [{rule_name: 'a', headers: {set: {Accept: 'x', Host: '${H}'}, remove: ['b']}}]}",
                #"{"rules": [{"rule_name": "a", "headers": {"set": {"Accept": "R", "Host": "${H}"}, "remove": ["b"]}}]}"#
            ),
            ("{outputs: [{secret_key: 'k', type: 'file'}]}", #"{"outputs": [{"secret_key": "R", "type": "file"}]}"#),
            ("{token: {a: ['s', {b: 't'}]}}", #"{"token": {"a": ["R", {"b": "R"}]}}"#),
            ("{http: {name: 'secret'}}", #"{"http": {"name": "secret"}}"#), ("[]", "[]"), ("'x'", #""x""#),
        ])
    func declared(_ document: String, _ shown: String) throws {
        let hidden = redaction.hidden(document: try node(document))
        #expect(hidden.json == shown.replacingR)
    }

    @Test(
        "where nothing is declared, names and addresses tell",
        arguments: [
            (
                "{password: 'p', user: 'u', Pass_Phrase: 'p', clientSecret: 's', API_KEY: 'k', \"private-key\": 'k', tls_key: 'k', keyPattern: 'x'}",
                #"{"password": "R", "user": "u", "Pass_Phrase": "R", "clientSecret": "R", "API_KEY": "R", "private-key": "R", "tls_key": "R", "keyPattern": "x"}"#
            ),
            (
                "{serviceToken: 't', token: '123456', max_tokens: '200k', tokens: 5, tokensPerMinute: '1.5M', tokenFile: '/run/t', monkey: 'm'}",
                #"{"serviceToken": "R", "token": "R", "max_tokens": "200k", "tokens": 5, "tokensPerMinute": "1.5M", "tokenFile": "R", "monkey": "R"}"#
            ),
            ("{password: 5, secret: true, credential: null}", #"{"password": 5, "secret": true, "credential": null}"#),
            ("{password: '${PW}', token: ''}", #"{"password": "${PW}", "token": ""}"#),
            (
                "{apiKeys: {openai: 'k', n: 1}, credentials: [{user: 'u'}], tokens: ['a'], token_bucket: {kind: 'x'}}",
                #"{"apiKeys": {"openai": "R", "n": 1}, "credentials": [{"user": "R"}], "tokens": ["R"], "token_bucket": {"kind": "x"}}"#
            ),
            (
                "{a: 'redis://:pw@host:6379', b: ['https://u:p@h/x'], c: 'https://user@host', d: 'http://h/a:b@c', e: 'a@b:c', f: 'redis://h:1'}",
                #"{"a": "R", "b": ["R"], "c": "https://user@host", "d": "R", "e": "a@b:c", "f": "redis://h:1"}"#
            ),
        ])
    func undeclared(_ later: String, _ shown: String) throws {
        let hidden = redaction.hidden(document: try node("{gateway: {tls: \(later)}}"))
        #expect(hidden["gateway"]?["tls"]?.json == shown.replacingR)
        let listed = redaction.hidden(document: try node("{cache_layers: [\(later)]}"))
        #expect(listed["cache_layers"]?.json == "[\(shown.replacingR)]")
        let unknown = redaction.hidden(document: try node("{nobodyKnows: \(later)}"))
        #expect(unknown["nobodyKnows"]?.json == shown.replacingR)
    }

    @Test(
        "a document that is wrong in its shape hides its secrets all the same",
        arguments: [
            (
                "{rules: {name: 'a', headers: {set: {X: 's'}}}}",
                #"{"rules": {"name": "a", "headers": {"set": {"X": "R"}}}}"#
            ),
            ("{rules: {chat: {headers: {set: {X: 's'}}}}}", #"{"rules": {"chat": {"headers": {"set": {"X": "R"}}}}}"#),
            ("{rules: [[{headers: [{set: {X: 's'}}]}]]}", #"{"rules": [[{"headers": [{"set": {"X": "R"}}]}]]}"#),
            (
                "{guard: [{watch: 1}], outputs: {secretKey: 's'}}",
                #"{"guard": [{"watch": 1}], "outputs": {"secretKey": "R"}}"#
            ),
            ("[{gateway: {token: 's'}}]", #"[{"gateway": {"token": "R"}}]"#),
            ("{gateway: [{token: 's'}]}", #"{"gateway": [{"token": "R"}]}"#),
            ("{gateway: {gateway: {token: 's'}}}", #"{"gateway": {"gateway": {"token": "R"}}}"#),
        ])
    func misshapen(_ document: String, _ shown: String) throws {
        #expect(redaction.hidden(document: try node(document)).json == shown.replacingR)
    }

    @Test("free maps, keys that nobody knows and addresses at any key are looked at too")
    func elsewhere() throws {
        let hidden = redaction.hidden(
            document: try node(
                "{agents: [{id: 'a', metadata: {api_key: 'k', zone: 'z'}}], pools: {secret: {tags: ['secret']}}, serviceToken: 't', http: {name: 'http://u:p@h'}}"
            ))
        #expect(
            hidden.json
                == #"{"agents": [{"id": "a", "metadata": {"api_key": "R", "zone": "z"}}], "pools": {"secret": {"tags": ["secret"]}}, "serviceToken": "R", "http": {"name": "R"}}"#
                .replacingR)
    }

    @Test("in a resolved tree nothing at a secret key stays, whatever it looks like")
    func resolved() throws {
        let tree = try node("{token: '${TOKEN}', tls: {password: '${PW}', name: '${N}'}, http: {name: 'n'}}")
        #expect(redaction.hidden(canonical: tree, resolved: false).json == tree.json)
        #expect(
            redaction.hidden(canonical: tree, resolved: true).json
                == #"{"token": "R", "tls": {"password": "R", "name": "${N}"}, "http": {"name": "n"}}"#.replacingR)
    }

    @Test(
        "one layer's word is hidden by where it stands",
        arguments: [
            ("token", "'s'", #""R""#), ("token", "'${T}'", #""${T}""#), ("rules.a.headers.set.X", "'s'", #""R""#),
            ("rules[0].headers", "{set: {X: 's'}, remove: ['y']}", #"{"set": {"X": "R"}, "remove": ["y"]}"#),
            ("hashes[0]", "'s'", #""R""#), ("tls.api_key", "'s'", #""R""#), ("tls.tokens[1]", "'s'", #""R""#),
            ("tls.credentials.user", "'s'", #""R""#),
            ("cacheLayers.l1", "{name: 'l1', password: 's'}", #"{"name": "l1", "password": "R"}"#),
            ("agents.a.metadata.secret", "'s'", #""R""#), ("http.name", "'s'", #""s""#),
            ("pools.secret.tags[0]", "'s'", #""s""#),
        ])
    func word(_ path: String, _ value: String, _ shown: String) throws {
        let lookup = try KeyLookup.canonical(path, Depot.info).get()
        #expect(redaction.hidden(try node(value), at: lookup.segments, resolved: false).json == shown.replacingR)
    }

    @Test("what the environment sets is hidden even where it looks like a variable")
    func environment() throws {
        let configuration = Configuration<Depot>.load(
            Inputs(environment: ["OPENCLAW_GATEWAY_TOKEN": "", "OPENCLAW_GATEWAY_TLS_PASSWORD": "${X}"]) { _ in .missing
            })
        #expect(configuration.tree["tls"]?["password"]?.string == "${X}")
        let hidden = redaction.hidden(canonical: configuration.tree, resolved: false)
        #expect(hidden["tls"]?["password"]?.string == Secret.redacted)
    }

    @Test(
        "the text of a file is hidden where the secret stands, and where it stands again",
        arguments: [
            ("{token: 'hush-hush', // was hush-hush before\n http: {name: 'x hush-hush'}}", "hush", 3),
            ("{token: 'pa\"ss\\\\word', // pa\"ss\\word, \"pa\\\"ss\\\\word\"\n}", "ss\\", 3),
            ("{hashes: ['aaaaaaaa', 'aaaaaaaabbbb'], // aaaaaaaabbbb aaaaaaaa\n}", "aaa", 4),
            ("{token: 'short', // short\n}", "'short'", 1),
            ("{tls: {password: 'password'}, token: 'requestCache'}", "'password'", 2),
            ("{token: 'REDACTED'}", "'REDACTED'", 1),
            ("{token: 987654, // 987654, 9876543\n}", " 987654,", 2),
            ("{token: '${TOKEN}', // ${TOKEN}\n}", "nothing", 0),
        ])
    func text(_ text: String, _ gone: String, _ count: Int) throws {
        let document = try DocumentText(Array(text.utf8), path: "f.json5")
        let hidden = String(decoding: redaction.hiddenText(document), as: UTF8.self)
        #expect(!hidden.contains(gone), "\(hidden)")
        #expect(
            hidden.split(separator: Secret.redacted, omittingEmptySubsequences: false).count - 1 == count, "\(hidden)")
        if count == 0 { #expect(hidden == text) }
    }

    @Test("YAML is hidden as JSON is, aliases too")
    func yaml() throws {
        let text = """
            x: &base {password: hush-hush}
            tls: *base
            token: hush-hush-2 # hush-hush-2
            """
        let hidden = String(
            decoding: redaction.hiddenText(try DocumentText(Array(text.utf8), path: "f.yaml")), as: UTF8.self)
        #expect(!hidden.contains("hush"), "\(hidden)")
        #expect(hidden.contains("password"))
    }

    @Test("ten thousand secrets are looked for in one pass")
    func many() throws {
        let rules = (0..<10_000).map {
            "{name: 'r\($0)', headers: {set: {Authorization: 'Bearer secret-number-\($0)'}}}, // secret: Bearer secret-number-\($0)\n"
        }
        let text = Array("{rules: [\(rules.joined())]}".utf8)
        let document = try DocumentText(text, path: "f.json")
        let clock = ContinuousClock()
        let start = clock.now
        let hidden = redaction.hiddenText(document)
        #expect(clock.now - start < .seconds(20))
        #expect(String(decoding: hidden, as: UTF8.self).firstRange(of: "secret-number") == nil)
    }
}

extension String {
    /// `R` by itself stands for the word for what is hidden.
    var replacingR: String {
        var text = ""
        let letters = Array(self)
        for (index, letter) in letters.enumerated() {
            let before = index > 0 ? letters[index - 1] : " "
            let after = index + 1 < letters.count ? letters[index + 1] : " "
            text += letter == "R" && !before.isLetter && !after.isLetter ? Secret.redacted : String(letter)
        }
        return text
    }
}
