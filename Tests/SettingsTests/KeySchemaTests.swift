import Settings
import Testing

@Suite("the schema of one key stands alone")
struct KeySchemaTests {
    @Test(
        "a section, a list, an entry, a value, a part of one",
        arguments: [
            ("http", "gateway.http", #"["object", "null"]"#), ("http.read_timeout", "gateway.http.readTimeout", nil),
            ("rules", "gateway.rules", #"["array", "null"]"#), ("rules[]", "gateway.rules[]", #"["object", "null"]"#),
            ("rules.chat", "gateway.rules.chat", #"["object", "null"]"#),
            ("rules[0].headers", "gateway.rules[0].headers", #"["object", "null"]"#),
            ("pools.p", "gateway.pools.p", #"["object", "null"]"#),
            ("agents[].metadata.x", "gateway.agents[].metadata.x", #""string""#),
            ("tls", "gateway.tls", nil), ("tls.cert", "gateway.tls.cert", nil), ("listen", "gateway.listen", nil),
        ] as [(String, String, String?)])
    func schema(_ path: String, _ title: String, _ type: String?) throws {
        let text = try #require(Reference.schema(Depot.self, at: path))
        let schema = try JSONReader.read(Array(text.utf8), source: "schema", dialect: .strict)
        #expect(schema["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["title"]?.string == title)
        #expect(schema["type"]?.json == type)
        var waiting = [schema]
        while let node = waiting.popLast() {
            waiting += node.elements ?? node.members?.map(\.node) ?? []
            guard let pointer = node["$ref"]?.string else { continue }
            let end = pointer.split(separator: "/").dropFirst().reduce(Optional(schema)) { $0?[String($1)] }
            #expect(end != nil, "\(path): \(pointer)")
        }
    }

    @Test("no path is the whole; what is no key has none; an entry's keys are asked for")
    func others() throws {
        #expect(Reference.schema(Depot.self, at: "") == Reference.schema(Depot.self))
        #expect(Reference.schema(Depot.self, at: "gateway") == Reference.schema(Depot.self))
        #expect(Reference.schema(Depot.self, at: "htp") == nil)
        #expect(try #require(Reference.schema(Depot.self, at: "agents.x")).contains(#""required": ["id"]"#))
        #expect(
            try #require(Reference.schema(Depot.self, at: "rules[0].steps")).contains("#/items/properties/secretKey"))
    }

    @Test("a key that applies by a new listener, or with the next start, says so")
    func applies() throws {
        #expect(
            try #require(Reference.schema(Depot.self, at: "listen")).contains(
                "the other listener (with a new listener)"))
        #expect(Reference.schema(Depot.self).contains("how much (with the next start)"))
        let row = "| `listen` | address |  | the other listener | `OPENCLAW_GATEWAY_LISTEN` | new listener |"
        #expect(Reference.markdown(Depot.self).contains(row))
        #expect(Reference.example(Depot.self).contains("// the other listener (with a new listener)"))
    }
}
