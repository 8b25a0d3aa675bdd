import Foundation
import Glibc
import Proxy
import Synchronization
import Testing

@Suite("The last versions of the file are kept, and what is kept is whole")
struct ConfigHistoryTests {
    private let folder = ScratchFolder()

    private func history(_ name: String = "gateway.json", kept: Int = 20, disk: DiskCalls = .real) -> ConfigHistory {
        ConfigHistory(ConfigFile(folder.file(name), disk: disk), kept: kept)
    }

    private func content(_ number: Int) -> [UInt8] { Array("{ \"version\": \(number) }\n".utf8) }

    private func entry(_ number: Int, by: String = "patch") -> ConfigHistory.Entry {
        ConfigHistory.Entry(hash: ConfigFile.hash(content(number)), time: 1_700_000_000_000 + Int64(number), by: by)
    }

    private func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private func overwrite(_ name: String, _ text: String) {
        _ = FileManager.default.createFile(
            atPath: folder.file(".gateway.json.history/" + name), contents: Data(text.utf8))
    }

    private func mode(_ path: String) -> mode_t {
        var facts = stat()
        _ = stat(path, &facts)
        return facts.st_mode & 0o7777
    }

    @Test("versions are numbered, listed newest first, and the oldest go")
    func versions() throws {
        let history = history(kept: 3)
        #expect(history.entries() == [])
        for number in 1...5 { #expect(try history.add(entry(number), content(number)).number == number) }
        let entries = history.entries()
        #expect(entries.map(\.number) == [5, 4, 3])
        #expect(entries.map { history.bytes(of: $0) } == [content(5), content(4), content(3)])
        let files = [
            "000003.entry", "000003.json", "000004.entry", "000004.json", "000005.entry", "000005.json", "lock",
        ]
        #expect(names(history.folder) == files)
        #expect(mode(history.folder) == 0o700)
        #expect(files.allSatisfy { mode(history.folder + "/" + $0) == 0o600 })
    }

    @Test("all that is known of a version comes back")
    func facts() throws {
        var entry = ConfigHistory.Entry(
            hash: ConfigFile.hash(content(1)), time: 1_700_000_000_123, by: "guard",
            note: "\"quoted\"\nå\u{1F43E}\u{1}",
            reason: "error rate 50 %", changedPaths: ["gateway.routing.rules", "gateway.agents.pools[\"a.b\"]"],
            transaction: "7f", confirmBy: 1_700_000_060_000)
        entry = try history().add(entry, content(1))
        #expect(history().entries() == [entry])
        entry.confirmBy = nil
        entry.transaction = nil
        try history().update(entry)
        #expect(history().entries() == [entry])
    }

    @Test("of many paths fifty are kept")
    func manyPaths() throws {
        var entry = entry(1)
        entry.changedPaths = (1...60).map { "gateway.key\($0)" }
        entry = try history().add(entry, content(1))
        let paths = history().entries().first?.changedPaths ?? []
        #expect(paths.count == 51 && paths.last == "..." && paths[49] == "gateway.key50")
        entry.changedPaths = paths
        try history().update(entry)
        #expect(history().entries().first?.changedPaths == paths)
    }

    @Test("what is damaged or not ours is passed over, and its number not given again")
    func damaged() throws {
        let history = history()
        for number in 1...6 { _ = try history.add(entry(number), content(number)) }
        overwrite("000002.entry", "{\"number\": 2, \"hash\": ")
        overwrite("000003.entry", "{\"number\": 4}")
        unlink(history.folder + "/000004.json")
        overwrite("000005.json", "{ \"version\": 50 }\n")
        overwrite("000006.json", "{ \"version\": 7 }\n")
        overwrite("000009.json", "no entry yet")
        overwrite("notes.entry", "{}")
        overwrite("12.entry", "{}")
        let entries = history.entries()
        #expect(entries.map(\.number) == [6, 1])
        #expect(
            entries.map { history.bytes(of: $0) } == [nil, content(1)], "another content than the entry was made for")
        #expect(try history.add(entry(7), content(7)).number == 10)
    }

    @Test("what is known of a version that is gone does not come back")
    func updateGone() throws {
        let history = history(kept: 1)
        let first = try history.add(entry(1), content(1))
        _ = try history.add(entry(2), content(2))
        try history.update(first)
        #expect(history.entries().map(\.number) == [2])
        #expect(names(history.folder) == ["000002.entry", "000002.json", "lock"])
    }

    @Test(
        "contents have the ending of the file",
        arguments: [
            ("gateway.yaml", "000001.yaml"), ("gateway", "000001.text"), (".hidden", "000001.text"),
            ("a.entry", "000001.text"),
        ])
    func endings(name: String, content: String) throws {
        let history = history(name)
        _ = try history.add(entry(1), self.content(1))
        #expect(names(history.folder) == ["000001.entry", content, "lock"].sorted())
        #expect(history.entries().count == 1)
    }

    @Test("processes that share a file give each version a number of its own")
    func shared() async throws {
        let path = folder.file("gateway.json")
        let numbers = await withTaskGroup(of: Int.self) { group in
            for number in 1...24 {
                let (entry, content) = (entry(number), content(number))
                group.addTask {
                    let history = ConfigHistory(ConfigFile(path), kept: 30)
                    // on a busy machine the lock may not come within its five seconds, which is told and adds nothing
                    for _ in 0..<20 { if let added = try? history.add(entry, content) { return added.number } }
                    return 0
                }
            }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(1...24))
        #expect(ConfigHistory(ConfigFile(path), kept: 30).entries().count == 24)
        #expect(history().entries().map(\.number) == Array((5...24).reversed()), "of more than are kept, the newest")
    }

    @Test(
        "an error is told with the path, and adds nothing", arguments: [DiskCalls.Step.create, .write, .sync, .rename])
    func errors(step: DiskCalls.Step) throws {
        _ = try history().add(entry(1), content(1))
        let broken = history(disk: DiskCalls { at, _ in at == step ? ENOSPC : 0 })
        var second = entry(2)
        second.transaction = "t"
        #expect {
            _ = try broken.add(second, content(2))
        } throws: { error in
            "\(error)"
                == "\(folder.file("gateway.json")): its history \(folder.file(".gateway.json.history")) cannot be written:"
                + " no space left on device; free some space"
        }
        #expect(history().entries().map(\.number) == [1])
        #expect(!names(history().folder).contains { $0.hasSuffix(".new") })
    }

    @Test("what somebody relies on is on the disk when the call returns; for the rest nobody waits")
    func lasting() throws {
        let syncs = Mutex(0)
        let history = history(
            disk: DiskCalls { at, _ in
                if at == .sync || at == .syncFolder { syncs.withLock { $0 += 1 } }
                return 0
            })
        var entry = try history.add(entry(1), content(1))
        try history.update(entry)
        #expect(syncs.withLock { $0 } == 0)
        entry.confirmBy = 1
        entry = try history.add(entry, content(1))
        #expect(syncs.withLock { $0 } == 3)
        entry.confirmBy = nil
        try history.update(entry)
        #expect(syncs.withLock { $0 } == 5, "confirmed is relied on, too")
        try history.setPending(pending(), content(1))
        #expect(syncs.withLock { $0 } == 7)
        history.clearPending()
        #expect(syncs.withLock { $0 } == 8)
    }

    // MARK: a change that waits

    private func pending(_ transaction: String = "t1") -> ConfigHistory.Pending {
        ConfigHistory.Pending(
            transaction: transaction, baseHash: ConfigFile.hash(content(1)), peers: ["127.0.0.1:18790", "[::1]:18790"],
            note: "a\nb")
    }

    @Test("a change that waits is kept with its content, followed by another, and cleared")
    func waits() throws {
        let history = history()
        #expect(history.pending() == nil)
        history.clearPending()
        let bytes: [UInt8] = [0, 10, 13, 255, 10]
        try history.setPending(pending(), bytes)
        #expect(history.pending()?.0 == pending() && history.pending()?.1 == bytes)
        try history.setPending(pending("t2"), [])
        #expect(history.pending()?.0 == pending("t2") && history.pending()?.1 == [])
        history.clearPending()
        #expect(history.pending() == nil)
    }

    @Test("a damaged one is none", arguments: ["", "{}", "{}\n", "nonsense\nx"])
    func damagedPending(text: String) throws {
        try history().setPending(pending(), content(1))
        overwrite("pending", text)
        #expect(history().pending() == nil)
        try history().setPending(pending(), content(1))
        overwrite("pending", (folder.text(".gateway.json.history/pending") ?? "") + "x")
        #expect(history().pending() == nil, "another content than it was made for")
    }

    // MARK: kill -9

    @Test("killed anywhere while a version is added, it leaves the versions before or those after")
    func killedAdding() throws {
        let first = history(kept: 3)
        for number in 1...3 { _ = try first.add(entry(number), content(number)) }
        let snapshots = Snapshots(of: folder.path)
        _ = try history(kept: 3, disk: snapshots.disk).add(entry(4), content(4))
        let states = snapshots.states
        #expect(states.count >= 9)
        for state in states {
            let file = ConfigFile(state + "/gateway.json")
            file.sweep()
            let history = ConfigHistory(file, kept: 3)
            let entries = history.entries()
            #expect([[3, 2, 1], [4, 3, 2, 1], [4, 3, 2]].contains(entries.map(\.number)))
            #expect(entries.allSatisfy { history.bytes(of: $0) == content($0.number) })
            let added = try history.add(entry(9), content(9))
            #expect(history.entries().map(\.number).first == added.number)
            #expect(history.entries().count == 3)
            #expect(!names(history.folder).contains { $0.hasSuffix(".new") })
        }
    }

    @Test("killed anywhere while a change is set or decided, it leaves the one before or the one after")
    func killedPending() throws {
        try history().setPending(pending(), content(1))
        let snapshots = Snapshots(of: folder.path)
        try history(disk: snapshots.disk).setPending(pending("t2"), content(1))
        for state in snapshots.states {
            let found = ConfigHistory(ConfigFile(state + "/gateway.json")).pending()
            #expect(found?.0 == pending() || found?.0 == pending("t2"))
            #expect(found?.1 == content(1))
        }
    }
}
