import Settings
import Testing

@Suite("${NAME} takes a variable")
struct VariableTests {
    @Test(
        "in any string, more than once; $${ is the characters",
        arguments: [
            ("${A}", "one"), ("x${A}y${B}z", "xoneytwoz"), ("$${A}", "${A}"), ("$$${A}", "$${A}"),
            ("$A $ $$", "$A $ $$"), ("${_a1}", "three"),
            ("${NESTED}", "${A}"), ("${EMPTY}x", "x"),
        ])
    func expansion(_ text: String, _ result: String) {
        let environment = ["A": "one", "B": "two", "_a1": "three", "NESTED": "${A}", "EMPTY": ""]
        let configuration = load("{http: {name: \(text.text)}}", environment: environment)
        #expect(configuration.lines == [])
        #expect(configuration.root.http.name == result)
        #expect(configuration.tree["http"]?["name"]?.string == text)
    }

    @Test("a missing one is one unready problem that names it and its key, and nothing follows from it")
    func missing() {
        let configuration = load(
            "{http: {readTimeout: '${T}', name: '${N} and ${N} and ${M}', listen: ['${L}', ':1']}, token: '${TOKEN}'}")
        #expect(configuration.problems.allSatisfy { $0.severity == .unready })
        #expect(
            configuration.lines == [
                "f.json:1:22: gateway.http.readTimeout: variable T is not set; set it, or write $${ for the characters themselves",
                "f.json:1:36: gateway.http.name: variables N and M are not set; set it, or write $${ for the characters themselves",
                "f.json:1:71: gateway.http.listen[0]: variable L is not set; set it, or write $${ for the characters themselves",
                "f.json:1:94: gateway.token: variable TOKEN is not set; set it, or write $${ for the characters themselves",
            ])
        #expect(configuration.root.token == Secret(""))
        #expect(configuration.isValid && !configuration.isReady)
    }

    @Test("where the key is no string, the text becomes what the key takes")
    func types() {
        let environment = ["N": "17", "B": "true", "T": "2s", "BAD": "many"]
        let configuration = load(
            "{http: {maxConnections: '${N}', isStrict: '${B}', readTimeout: '${T}', name: '${N}'}}",
            environment: environment)
        #expect(configuration.lines == [])
        #expect(configuration.root.http.maxConnections == 17)
        #expect(configuration.root.http.isStrict)
        #expect(configuration.root.http.name == "17")
        let bad = load("{http: {maxConnections: '${BAD}', isStrict: '1'}}", environment: environment)
        #expect(
            bad.lines == [
                "f.json:1:25: gateway.http.maxConnections: expected a whole number, found string 'many'",
                "f.json:1:45: gateway.http.isStrict: expected true or false, found string '1'",
            ])
    }

    @Test("what names no variable is an error", arguments: ["${}", "${a b}", "${1}", "${A", "${A:-x}", "${"])
    func malformed(_ text: String) {
        let problems = load("{http: {name: \(text.text)}}", environment: ["A": "a"]).problems
        #expect(problems.map(\.severity) == [.error])
        #expect(problems.first?.path == "gateway.http.name")
    }

    @Test("a variable in a layer that is overridden is not missed")
    func overridden() {
        #expect(load([globalFile: "{http: {name: '${GONE}'}}", userFile: "{http: {name: 'here'}}"]).lines == [])
    }

    @Test("values of the environment are not read for variables themselves")
    func environmentValues() {
        let configuration = load(environment: ["OPENCLAW_GATEWAY_HTTP_NAME": "${HOME}"])
        #expect(configuration.root.http.name == "${HOME}")
    }
}
