import Cache
import Testing
import Wire

@Suite("RFC 9111 4.3: asking the agent whether an answer still holds")
struct ValidationTests {
    private static let modified = "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT"

    private func facts(_ fields: String...) -> StoredFacts {
        Heads.facts(fields + ["Cache-Control: max-age=60"]) ?? StoredFacts()
    }

    @Test("4.3.1: both validators are sent, as they came")
    func conditions() {
        #expect(Validation.conditions(for: facts()).isEmpty)
        #expect(Validation.conditions(for: facts("ETag: W/\"a\"")).text == "If-None-Match: W/\"a\"\r\n")
        #expect(
            Validation.conditions(for: facts("ETag: \"a\"", Self.modified)).text
                == "If-None-Match: \"a\"\r\nIf-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT\r\n")
    }

    @Test("4.3.4: a 304 speaks of the answer whose validator it has")
    func updates() {
        func updates(_ stored: StoredFacts, _ fields: String...) -> Bool {
            Validation.updates(stored, Heads.answer(fields, status: 304))
        }
        #expect(updates(facts("ETag: \"a\""), "ETag: \"a\""))
        #expect(!updates(facts("ETag: \"a\""), "ETag: \"b\""))
        #expect(!updates(facts("ETag: W/\"a\""), "ETag: \"a\""))
        #expect(updates(facts("ETag: \"a\""), "ETag: W/\"a\""))
        #expect(!updates(facts(), "ETag: \"a\""))
        #expect(updates(facts(Self.modified), Self.modified))
        #expect(!updates(facts(Self.modified), "Last-Modified: \(Heads.date(0))"))
        #expect(updates(facts("ETag: \"a\"")))
    }

    @Test("4.3.5: an answer to HEAD is of the kept content where nothing in it differs")
    func heads() {
        let stored = facts("ETag: \"a\"", Self.modified)
        func agrees(_ fields: String..., status: Int = 200) -> Bool {
            Validation.agrees(stored, length: 10, with: Heads.answer(fields, status: status))
        }
        #expect(agrees())
        #expect(agrees("ETag: \"a\"", Self.modified, "Content-Length: 10"))
        #expect(!agrees("ETag: \"b\""))
        #expect(!agrees("Last-Modified: \(Heads.date(0))"))
        #expect(!agrees("Content-Length: 11"))
        #expect(!agrees(status: 410))
    }

    private func freshened(_ kept: [String], by fields: [String], date: String = "") -> [String] {
        let kept = Array(kept.map { $0 + "\r\n" }.joined().utf8)
        return Validation.freshened(kept, by: Heads.answer(fields, status: 304), date: Array(date.utf8)).text
            .split(separator: "\r\n").map(String.init)
    }

    @Test("3.2: what the 304 has takes the place of what is kept, all lines of a name, and the rest stays")
    func freshens() {
        let kept = ["A: 1", "B: 2", "b: 3", "Cache-Control: max-age=1", "Date: x"]
        #expect(
            freshened(kept, by: ["b: 9", "C: 4", "cache-control: max-age=2", "Date: y"])
                == ["A: 1", "b: 9", "C: 4", "cache-control: max-age=2", "Date: y"])
        #expect(freshened(kept, by: ["Date: y"]) == Array(kept.dropLast()) + ["Date: y"])
        #expect(freshened(kept, by: [], date: "Date: z\r\n") == Array(kept.dropLast()) + ["Date: z"])
    }

    @Test("3.1, 3.2: not how long or of what kind the content is, nor what is never kept")
    func keeps() {
        let kept = ["Content-Type: text/plain", "Content-Encoding: gzip", "X: 1"]
        let answer = [
            "Content-Type: a/b", "Content-Encoding: br", "Content-Range: x", "Content-Length: 10",
            "Connection: Y, close", "Y: 1", "Keep-Alive: a", "Age: 3", "Set-Cookie: a=b", "Proxy-Authenticate: x",
        ]
        #expect(freshened(kept, by: answer) == kept)
        let withheld = "Cache-Control: no-cache=\"x\""
        #expect(freshened(kept, by: [withheld, "X: 2"]) == Array(kept.dropLast()) + [withheld])
    }

    @Test("4.3.4: a confirmed answer is as fresh as the 304 says, and as young")
    func confirmed() throws {
        let policy = StoragePolicy()
        let stored = try #require(Heads.facts(["Cache-Control: max-age=60", "ETag: \"a\"", "Age: 50"], status: 203))
        let later = Heads.now + 100_000
        func judge(_ fields: String..., age: String = "Age: 0") -> Storability {
            let answer = Heads.answer(fields + [age], status: 304)
            let kept = Array("Cache-Control: max-age=60\r\nETag: \"a\"\r\nDate: \(Heads.date(-50))\r\n".utf8)
            let merged = Validation.freshened(kept, by: answer, date: Array("Date: \(Heads.date(100))\r\n".utf8))
            return Validation.judge(
                stored, fields: merged, request: RequestFacts(method: .get), by: answer, requested: later,
                received: later, policy)
        }
        let confirmed = try #require(judge().facts)
        #expect(confirmed.status == 203)
        #expect(confirmed.lifetime == 60 && confirmed.age(later) == 0 && confirmed.etag.text == "\"a\"")
        #expect(judge("Cache-Control: max-age=5").facts?.lifetime == 5)
        #expect(judge(age: "Age: 20").facts?.age(later) == 20)
        #expect(judge("Cache-Control: no-store").reason == .noStore)
    }
}
