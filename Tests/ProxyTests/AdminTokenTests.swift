import Foundation
import Glibc
import Proxy
import Testing

@Suite("The admin token is made once and kept for its user alone")
struct AdminTokenTests {
    private let home = ScratchFolder()
    private var path: String { home.file(".openclaw/clawproxy.token") }

    private func put(_ text: String, mode: mode_t = 0o600) {
        mkdir(home.file(".openclaw"), 0o700)
        _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
        chmod(path, mode)
    }

    private func mode(_ path: String) -> mode_t {
        var facts = stat()
        _ = stat(path, &facts)
        return facts.st_mode & 0o7777
    }

    @Test("made at the first start, found at the second and by others")
    func once() throws {
        #expect(AdminToken.load(home: home.path) == nil)
        let token = try AdminToken.loadOrMake(home: home.path)
        #expect(token.utf8.count == 64 && token.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(try AdminToken.loadOrMake(home: home.path) == token)
        #expect(AdminToken.load(home: home.path) == token)
        #expect(home.text(".openclaw/clawproxy.token") == token + "\n")
        #expect(mode(path) == 0o600)
        #expect(mode(home.file(".openclaw")) == 0o700)
        let other = ScratchFolder()
        #expect(try AdminToken.loadOrMake(home: other.path) != token)
    }

    @Test("processes that start at the same time agree on one")
    func race() async {
        let home = home.path
        let tokens = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<16 { group.addTask { try? AdminToken.loadOrMake(home: home) } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(tokens.count == 1 && !tokens.contains(nil))
        #expect((try? FileManager.default.contentsOfDirectory(atPath: home + "/.openclaw")) == ["clawproxy.token"])
    }

    @Test("a token that the operator wrote is taken as it is, and others lose their rights")
    func operators() throws {
        put("  my-own-token\r\n", mode: 0o644)
        #expect(AdminToken.load(home: home.path) == "my-own-token")
        #expect(mode(path) == 0o644, "who only reads changes nothing")
        #expect(try AdminToken.loadOrMake(home: home.path) == "my-own-token")
        #expect(mode(path) == 0o600)
    }

    @Test("a file without a token is an error that says what to do", arguments: ["", "\n", "two words", "\u{1F43E}"])
    func unusable(text: String) {
        put(text)
        #expect(AdminToken.load(home: home.path) == nil)
        #expect {
            try AdminToken.loadOrMake(home: home.path)
        } throws: { error in
            "\(error)".hasPrefix("admin token: \(path): expected one line") && "\(error)".contains("give admin.token")
        }
        #expect(home.text(".openclaw/clawproxy.token") == text)
    }

    @Test("without a home, or where nothing can be written, it says so")
    func nowhere() {
        #expect(AdminToken.load(home: "") == nil)
        #expect(throws: AdminTokenFailure.self) { try AdminToken.loadOrMake(home: "") }
        _ = FileManager.default.createFile(atPath: home.file("file"), contents: Data())
        #expect {
            try AdminToken.loadOrMake(home: home.file("file"))
        } throws: { error in
            "\(error)".contains("cannot be kept: not a directory")
        }
    }

    @Test("killed anywhere while it is made, it leaves a whole one or none")
    func killed() throws {
        let snapshots = Snapshots(of: home.path)
        let token = try AdminToken.loadOrMake(home: home.path, disk: snapshots.disk)
        for state in snapshots.states {
            let found = AdminToken.load(home: state)
            #expect(found == nil || found == token)
            #expect(try AdminToken.loadOrMake(home: state) == found ?? AdminToken.load(home: state))
        }
    }
}
