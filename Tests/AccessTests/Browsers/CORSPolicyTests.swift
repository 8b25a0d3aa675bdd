import Access
import Settings
import Testing

@Suite("What browsers are told about pages of other sites")
struct CORSPolicyTests {
    private static func policy(_ text: String) throws -> CORSPolicy? {
        let (settings, problems) = try decoded(CORSSettings.self, text)
        #expect(problems.filter { $0.severity == .error }.isEmpty)
        return CORSPolicy(settings)
    }

    private func lines(_ policy: CORSPolicy?, _ origin: String?) -> String {
        guard let policy else { return "-" }
        guard let origin else { return String(decoding: policy.lines(for: nil), as: UTF8.self) }
        return Array(origin.utf8).withUnsafeBytes { String(decoding: policy.lines(for: $0), as: UTF8.self) }
    }

    private func preflight(_ policy: CORSPolicy?, _ origin: String, _ method: String, _ headers: String? = nil) -> String {
        Array(origin.utf8).withUnsafeBytes { origin in
            Array(method.utf8).withUnsafeBytes { method in
                Array((headers ?? "").utf8).withUnsafeBytes { fields in
                    switch policy?.preflight(origin, method: method, headers: headers == nil ? nil : fields) {
                    case .allowed(let lines): String(decoding: lines, as: UTF8.self)
                    case .refused(let reason): reason.rawValue
                    case nil: "-"
                    }
                }
            }
        }
    }

    @Test(
        "an origin is allowed exactly, by one label, or all are",
        arguments: [
            ("https://app.example.com", "https://app.example.com", true),
            ("https://app.example.com", "http://app.example.com", false),
            ("https://app.example.com", "https://app.example.com:8443", false),
            ("https://app.example.com", "https://app.example.com.evil.test", false),
            ("https://app.example.com", "https://evil-app.example.com", false),
            ("https://APP.example.com:443", "https://app.example.com", true),
            ("http://localhost:3000", "http://localhost:3000", true),
            ("https://*.example.com", "https://a.example.com", true),
            ("https://*.example.com", "https://a.b.example.com", false),
            ("https://*.example.com", "https://example.com", false),
            ("https://*.example.com", "https://.example.com", false),
            ("https://*.example.com", "https://a.example.com:444", false),
            ("https://*.example.com", "https://evil.test/.example.com", false),
            ("https://*.example.com", "https://evil.test#.example.com", false),
            ("https://*.example.com", "https://u@x.example.com", false),
            ("https://*.example.com:8443", "https://a.example.com:8443", true),
            ("null", "null", true), ("https://app.example.com", "null", false),
            ("*", "https://whoever.test", true), ("*", "null", true), ("https://[::1]:8443", "https://[::1]:8443", true),
        ])
    func origins(_ allowed: String, _ origin: String, _ expected: Bool) throws {
        let policy = try Self.policy("{allowedOrigins: [\"\(allowed)\"]}")
        #expect(lines(policy, origin).contains("Access-Control-Allow-Origin: ") == expected)
        #expect(lines(policy, origin).hasSuffix("Vary: Origin\r\n"))
        #expect(lines(policy, nil) == "Vary: Origin\r\n")
    }

    @Test("the origin is echoed, or * where all are allowed; credentials and what may be seen go with it")
    func answers() throws {
        let one = try Self.policy(
            "{allowedOrigins: [\"https://a.test\"], allowCredentials: true, exposedHeaders: [\"X-One\", \"X-Two\"]}")
        #expect(
            lines(one, "https://a.test")
                == "Access-Control-Allow-Origin: https://a.test\r\nAccess-Control-Allow-Credentials: true\r\n"
                + "Access-Control-Expose-Headers: X-One, X-Two\r\nVary: Origin\r\n")
        let all = try Self.policy("{allowedOrigins: [\"*\"]}")
        #expect(lines(all, "https://a.test") == "Access-Control-Allow-Origin: *\r\nVary: Origin\r\n")
    }

    @Test("a preflight is allowed where origin, method and every field are")
    func preflights() throws {
        let policy = try Self.policy(
            """
            {allowedOrigins: ["https://miaoquai.com"], allowedMethods: ["GET", "POST", "OPTIONS"],
             allowedHeaders: ["Content-Type", "Authorization"], maxAge: 600}
            """)
        #expect(
            preflight(policy, "https://miaoquai.com", "POST", "content-type,  authorization")
                == "Access-Control-Allow-Origin: https://miaoquai.com\r\n"
                + "Access-Control-Allow-Methods: GET, POST, OPTIONS\r\n"
                + "Access-Control-Allow-Headers: content-type, authorization\r\nAccess-Control-Max-Age: 600\r\n"
                + "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n")
        #expect(!preflight(policy, "https://miaoquai.com", "GET").contains("Allow-Headers"))
        #expect(preflight(policy, "https://evil.test", "GET") == "origin")
        #expect(preflight(policy, "https://miaoquai.com", "DELETE") == "method")
        #expect(preflight(policy, "https://miaoquai.com", "post") == "method")
        #expect(preflight(policy, "https://miaoquai.com", "") == "method")
        #expect(preflight(policy, "https://miaoquai.com", "GET", "x-other") == "headers")
        #expect(preflight(policy, "https://miaoquai.com", "GET", "authorization, x-other") == "headers")
        #expect(preflight(policy, "https://miaoquai.com", "GET", "authorization, bad name") == "headers")
        #expect(preflight(policy, "https://miaoquai.com", "GET", ", ,").hasPrefix("Access-Control-Allow-Origin"))
    }

    @Test("with * for methods and fields, those that were asked for are said, if they are names")
    func stars() throws {
        let policy = try Self.policy(
            "{allowedOrigins: [\"https://a.test\"], allowedMethods: [\"*\"], allowedHeaders: [\"*\"], allowCredentials: true}")
        let told = preflight(policy, "https://a.test", "PATCH", "X-Any, X-Other")
        #expect(told.contains("Access-Control-Allow-Methods: PATCH\r\n"))
        #expect(told.contains("Access-Control-Allow-Headers: x-any, x-other\r\n"))
        #expect(preflight(policy, "https://a.test", "BAD METHOD") == "method")
        #expect(preflight(policy, "https://a.test", "GET", "x\r\ny") == "headers")
    }

    @Test("GET, HEAD and POST are allowed where no methods are named, and no further field")
    func defaults() throws {
        let policy = try Self.policy("{allowedOrigins: [\"https://a.test\"]}")
        #expect(preflight(policy, "https://a.test", "POST").contains("Allow-Methods: GET, HEAD, POST\r\n"))
        #expect(preflight(policy, "https://a.test", "PUT") == "method")
        #expect(preflight(policy, "https://a.test", "POST", "authorization") == "headers")
    }

    @Test("nothing is done where it is off, no origin is named, or it contradicts itself")
    func off() throws {
        #expect(try Self.policy("{}") == nil)
        #expect(try Self.policy("{allowedOrigins: []}") == nil)
        #expect(try Self.policy("{enabled: false, allowedOrigins: [\"*\"]}") == nil)
        let (open, _) = try decoded(CORSSettings.self, "{allowedOrigins: [\"*\"], allowCredentials: true}")
        #expect(open.contradiction != nil && CORSPolicy(open) == nil)
    }

    @Test("a rule's own words come before those of all")
    func over() throws {
        let (all, _) = try decoded(CORSSettings.self, "{allowedOrigins: [\"https://a.test\"], maxAge: 60}")
        let (rule, _) = try decoded(CORSSettings.self, "{allowedOrigins: [\"https://b.test\"], allowCredentials: true}")
        let merged = rule.over(all)
        #expect(merged.allowedOrigins == [.exact("https://b.test")] && merged.maxAge == .seconds(60))
        #expect(merged.allowCredentials == true)
        let (off, _) = try decoded(CORSSettings.self, "{enabled: false}")
        #expect(CORSPolicy(off.over(all)) == nil)
    }

    @Test(
        "what is no origin is refused",
        arguments: [
            "", "https://", "https://a.test/", "https://a.test/path", "a.test", "https://*", "https://*.", "https://*.com",
            "https://a.*.test", "https://a.test:0", "https://a.test:99999", "https://a.test:", "https://a b", "https://[::1",
            "https://user@a.test", "https://a..test", "1https://a.test", "https://*.[::1]", "*.example.com",
        ])
    func noOrigins(_ text: String) throws {
        let (_, problems) = try decoded(CORSSettings.self, "{allowedOrigins: [\"\(text)\"]}")
        #expect(problems.contains { $0.severity == .error })
    }

    @Test("methods and fields are names")
    func names() throws {
        for text in ["{allowedMethods: [\"GET,POST\"]}", "{allowedHeaders: [\"X A\"]}", "{exposedHeaders: [\"\"]}"] {
            #expect(try decoded(CORSSettings.self, text).1.contains { $0.severity == .error })
        }
    }
}
