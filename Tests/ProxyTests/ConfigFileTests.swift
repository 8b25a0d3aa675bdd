import Foundation
import Glibc
import Proxy
import Settings
import Synchronization
import Testing

@Suite("The file is replaced whole, or stays as it was")
struct ConfigFileTests {
    private let folder = ScratchFolder()
    private let old = Array("{ \"logging\": { \"level\": \"info\" } }\n".utf8)
    private let new = Array("{ \"logging\": { \"level\": \"debug\" } }\n".utf8)

    private func file(_ name: String = "gateway.json", disk: DiskCalls = .real) -> ConfigFile {
        ConfigFile(folder.file(name), disk: disk)
    }

    private func put(_ bytes: [UInt8], _ name: String = "gateway.json", mode: mode_t = 0o640) {
        _ = FileManager.default.createFile(atPath: folder.file(name), contents: Data(bytes))
        chmod(folder.file(name), mode)
    }

    private func bytes(_ name: String = "gateway.json") -> [UInt8]? {
        FileManager.default.contents(atPath: folder.file(name)).map { Array($0) }
    }

    private func facts(_ path: String) -> (mode: mode_t, user: uid_t, group: gid_t) {
        var facts = stat()
        _ = stat(path, &facts)
        return (facts.st_mode & 0o7777, facts.st_uid, facts.st_gid)
    }

    private func failure(_ work: () throws(ConfigFileFailure) -> Void) -> ConfigFileFailure? {
        do throws(ConfigFileFailure) {
            try work()
            return nil
        } catch {
            return error
        }
    }

    @Test("the hash is SHA-256 in lower-case hexadecimal digits")
    func hash() {
        #expect(
            ConfigFile.hash(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ConfigFile.hash([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("content is replaced, mode stays, and nothing is left beside but the history's folder")
    func replaces() throws {
        put(old)
        try file().replace(with: new, expecting: ConfigFile.hash(old))
        #expect(bytes() == new)
        #expect(facts(folder.file("gateway.json")).mode == 0o640)
        #expect(folder.names == [".gateway.json.history", "gateway.json"])
        #expect(facts(folder.file(".gateway.json.history")).mode == 0o700)
        #expect(facts(folder.file(".gateway.json.history/lock")).mode == 0o600)
    }

    @Test("the owner stays", .enabled(if: geteuid() == 0, "needs root"))
    func keepsOwner() throws {
        put(old)
        chown(folder.file("gateway.json"), 1234, 4321)
        try file().replace(with: new, expecting: ConfigFile.hash(old))
        let facts = facts(folder.file("gateway.json"))
        #expect(facts == (0o640, 1234, 4321))
        #expect(
            self.facts(folder.file(".gateway.json.history")).user == 1234, "that user's proxy must be able to lock it")
    }

    @Test("a new file is the user's alone, and so are the folders made for it")
    func makes() throws {
        try file("a/.openclaw/gateway.json").replace(with: new, expecting: nil)
        #expect(bytes("a/.openclaw/gateway.json") == new)
        #expect(facts(folder.file("a/.openclaw/gateway.json")).mode == 0o600)
        #expect(facts(folder.file("a/.openclaw")).mode == 0o700)
    }

    @Test("what is no longer what was read is not replaced")
    func changed() {
        put(old)
        let stale = failure { () throws(ConfigFileFailure) in
            try file().replace(with: new, expecting: ConfigFile.hash(new))
        }
        #expect(stale?.kind == .changed)
        #expect(stale?.description == "config changed since last load; re-run config.get and retry")
        let notNew = failure { () throws(ConfigFileFailure) in try file().replace(with: new, expecting: nil) }
        #expect(notNew?.kind == .changed)
        #expect(bytes() == old)
        let gone = failure { () throws(ConfigFileFailure) in
            try file("other.json").replace(with: new, expecting: ConfigFile.hash(old))
        }
        #expect(gone?.kind == .changed)
        #expect(bytes("other.json") == nil)
    }

    @Test("what another writer puts there while the new content is written stays", arguments: [true, false])
    func changedMeanwhile(isThere: Bool) {
        if isThere { put(old) }
        let path = folder.file("gateway.json")
        let theirs = Array("theirs".utf8)
        let disk = DiskCalls { step, _ in
            if step == .sync { _ = FileManager.default.createFile(atPath: path, contents: Data(theirs)) }
            return 0
        }
        let found = failure { () throws(ConfigFileFailure) in
            try file(disk: disk).replace(with: new, expecting: isThere ? ConfigFile.hash(old) : nil)
        }
        #expect(found?.kind == .changed)
        #expect(bytes() == theirs)
        #expect(folder.names == [".gateway.json.history", "gateway.json"])
    }

    @Test("a file that appears at the very last moment stays")
    func appears() {
        let path = folder.file("gateway.json")
        let disk = DiskCalls { step, _ in
            if step == .link { _ = FileManager.default.createFile(atPath: path, contents: Data("theirs".utf8)) }
            return 0
        }
        let found = failure { () throws(ConfigFileFailure) in try file(disk: disk).replace(with: new, expecting: nil) }
        #expect(found?.kind == .changed)
        #expect(folder.text("gateway.json") == "theirs")
    }

    @Test("the file at the end of links is replaced, and the links stay")
    func links() throws {
        try FileManager.default.createDirectory(atPath: folder.file("real"), withIntermediateDirectories: false)
        put(old, "real/config")
        symlink("real/config", folder.file("second"))
        symlink(folder.file("second"), folder.file("gateway.json"))
        try file().replace(with: new, expecting: ConfigFile.hash(old))
        #expect(bytes("real/config") == new)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("second")) == "real/config")
        #expect(access(folder.file("real/.config.history/lock"), F_OK) == 0, "the lock is beside the file itself")
        symlink("real/none", folder.file("dangling"))
        try file("dangling").replace(with: new, expecting: nil)
        #expect(bytes("real/none") == new)
    }

    @Test("a link that leads to itself is an error")
    func loop() {
        symlink("gateway.json", folder.file("gateway.json"))
        let found = failure { () throws(ConfigFileFailure) in try file().replace(with: new, expecting: nil) }
        #expect(found?.kind == .cannotReplace)
    }

    @Test(
        "an error changes nothing, leaves nothing, and names path, reason and remedies",
        arguments: [
            (DiskCalls.Step.lock, EROFS, "read-only file system"), (.create, EACCES, "permission denied"),
            (.create, EROFS, "read-only file system"), (.own, EPERM, "run the proxy as that owner"),
            (.write, ENOSPC, "the disk is full; nothing was changed; free some space"),
            (.write, EDQUOT, "free some space"),
            (.sync, EIO, "input/output error"), (.rename, EBUSY, "busy: it is mounted there by itself"),
            (.rename, EXDEV, "it is mounted there by itself"), (.rename, EPERM, "operation not permitted"),
        ])
    func errors(step: DiskCalls.Step, error: Int32, words: String) {
        put(old)
        let found = failure { () throws(ConfigFileFailure) in
            try file(disk: DiskCalls { at, _ in at == step ? error : 0 }).replace(
                with: new, expecting: ConfigFile.hash(old))
        }
        #expect(found?.kind == .cannotReplace)
        let text = found?.description ?? ""
        for word in [folder.file("gateway.json"), words, "nothing was changed", "--ephemeral", "admin.peers", "--all"] {
            #expect(text.contains(word), "\(text)")
        }
        #expect(bytes() == old)
        #expect(!folder.names.contains { $0.hasSuffix(".new") })
    }

    @Test("file systems without hard links, and interrupted calls, are no obstacle")
    func withoutLinks() throws {
        try file(disk: DiskCalls { at, _ in at == .link ? EPERM : 0 }).replace(with: new, expecting: nil)
        #expect(bytes() == new)
        #expect(folder.names == [".gateway.json.history", "gateway.json"])
    }

    @Test("a disk that cannot sync a folder is no error: the file has been replaced")
    func folderSync() throws {
        put(old)
        let file = file(disk: DiskCalls { at, _ in at == .syncFolder ? EINVAL : 0 })
        try file.replace(with: new, expecting: ConfigFile.hash(old))
        #expect(bytes() == new)
    }

    @Test("of writers with the same base one wins, each time")
    func race() async {
        put(old)
        let file = file()
        var base = ConfigFile.hash(old)
        for round in 0..<50 {
            let texts = (0..<6).map { Array("{ \"round\": \(round), \"writer\": \($0) }".utf8) }
            let before = base
            let winners = await withTaskGroup(of: Int?.self) { group in
                for (writer, text) in texts.enumerated() {
                    group.addTask {
                        do throws(ConfigFileFailure) {
                            try file.replace(with: text, expecting: before)
                            return writer
                        } catch {
                            return error.kind == .changed ? nil : -1
                        }
                    }
                }
                return await group.reduce(into: [Int]()) { if let writer = $1 { $0.append(writer) } }
            }
            #expect(winners.count == 1)
            guard let winner = winners.first, texts.indices.contains(winner) else { return }
            #expect(bytes() == texts[winner])
            base = ConfigFile.hash(texts[winner])
        }
    }

    @Test("killed before any of its system calls, it leaves one whole version, which the next process can replace")
    func killed() throws {
        for isThere in [true, false] {
            let snapshots = Snapshots(of: folder.path)
            if isThere { put(old) } else { unlink(folder.file("gateway.json")) }
            try file(disk: snapshots.disk).replace(with: new, expecting: isThere ? ConfigFile.hash(old) : nil)
            let states = snapshots.states
            #expect(states.count >= 6)
            for state in states {
                let file = ConfigFile(state + "/gateway.json")
                file.sweep()
                let names = try FileManager.default.contentsOfDirectory(atPath: state)
                #expect(!names.contains { $0.hasSuffix(".new") })
                let found = FileManager.default.contents(atPath: file.path).map { Array($0) }
                #expect(found == new || found == (isThere ? old : nil))
                try file.replace(with: [1], expecting: found.map(ConfigFile.hash))
            }
        }
    }

    @Test("sweeping removes what a crash left and nothing else")
    func sweep() throws {
        put(old)
        let keep = [
            ".gateway.json.new", ".gateway.json.0123.new", "gateway.json.0123456789abcdef.new",
            ".other.0123456789abcdef.new",
        ]
        for name in keep { put(old, name) }
        file().sweep()
        try file().replace(with: new, expecting: ConfigFile.hash(old))
        put(old, ".gateway.json.0123456789abcdef.new")
        put(old, ".gateway.json.history/.pending.0123456789abcdef.new")
        file().sweep()
        #expect(folder.names == ([".gateway.json.history", "gateway.json"] + keep).sorted())
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file(".gateway.json.history")) == ["lock"])
    }
}

@Suite("What would keep a change from being written is known beforehand")
struct ConfigFileObstacleTests {
    private let folder = ScratchFolder()

    private func obstacle(_ name: String) -> String? { ConfigFile(folder.file(name)).obstacle()?.description }

    @Test("none, for a file or for one that is not there yet; and nothing is made")
    func none() {
        _ = FileManager.default.createFile(atPath: folder.file("gateway.json"), contents: Data())
        #expect(obstacle("gateway.json") == nil)
        #expect(obstacle("new.json") == nil)
        #expect(obstacle("a/b/new.json") == nil)
        #expect(folder.names == ["gateway.json"])
    }

    @Test("a file in the folder's place, a folder in the file's place, a device, a file that nobody may write")
    func kinds() throws {
        _ = FileManager.default.createFile(atPath: folder.file("plain"), contents: Data())
        #expect(obstacle("plain/gateway.json")?.contains("not a directory") == true)
        #expect(obstacle("plain/a/gateway.json")?.contains("not a directory") == true)
        try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: false)
        #expect(obstacle("folder")?.contains("it is no regular file") == true)
        #expect(ConfigFile("/dev/null").obstacle()?.description.contains("it is no regular file") == true)
        #expect(ConfigFile("").obstacle() != nil)
        chmod(folder.file("plain"), 0o444)
        #expect(obstacle("plain")?.contains("it is read-only (mode 444); nothing was changed; chmod u+w, or") == true)
        _ = FileManager.default.createFile(atPath: folder.file("file"), contents: Data())
        _ = FileManager.default.createFile(atPath: folder.file(".file.history"), contents: Data())
        #expect(obstacle("file")?.contains("not a directory") == true, "the history is in the way")
    }

    @Test("an attempt says the same, and changes nothing")
    func attempt() throws {
        _ = FileManager.default.createFile(atPath: folder.file("plain"), contents: Data("x".utf8))
        for name in ["plain/gateway.json", "plain"] {
            chmod(folder.file("plain"), 0o400)
            let file = ConfigFile(folder.file(name))
            let obstacle = try #require(file.obstacle())
            #expect(throws: obstacle) { try file.replace(with: [], expecting: nil) }
        }
        #expect(folder.names == ["plain"])
    }

    @Test(
        "the table of mounts tells a file that is mounted by itself",
        arguments: [
            ("/etc/openclaw/gateway.json", true), ("/etc/openclaw", false), ("/data/my config\\.json", true),
            ("/", true),
            ("/dev/vda", false),
        ])
    func mounts(path: String, isMounted: Bool) {
        let table = """
            27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            90 27 254:0 /srv/gateway.json /etc/openclaw/gateway.json ro,relatime - ext4 /dev/vda rw
            91 27 254:0 /srv/c /data/my\\040config\\134.json rw - ext4 /dev/vda rw
            92 27 0:5
            """
        #expect(MountTable.hasMount(at: path, in: table) == isMounted)
    }

    @Test(
        "a bind mount is told beforehand, and cannot be replaced", .enabled(if: BindMount.isPossible, "needs mount(8)"))
    func bindMount() throws {
        for name in ["source", "gateway.json"] {
            _ = FileManager.default.createFile(atPath: folder.file(name), contents: Data("x".utf8))
        }
        let mount = try #require(BindMount(folder.file("source"), on: folder.file("gateway.json")))
        defer { mount.end() }
        let file = ConfigFile(folder.file("gateway.json"))
        let obstacle = try #require(file.obstacle())
        #expect(obstacle.description.contains("it is mounted there by itself; nothing was changed"))
        #expect(throws: obstacle) { try file.replace(with: [], expecting: ConfigFile.hash(Array("x".utf8))) }
    }
}

/// Copies of a folder from before each system call: what is on the disk if the process is killed there.
final class Snapshots: Sendable {
    private let source: String
    private let copies = ScratchFolder().path
    private let count = Mutex(0)

    init(of folder: String) {
        source = folder
    }

    deinit { try? FileManager.default.removeItem(atPath: copies) }

    var disk: DiskCalls {
        DiskCalls { _, _ in
            self.take()
            return 0
        }
    }

    /// Those, and what there is now.
    var states: [String] {
        take()
        return (0..<count.withLock { $0 }).map { "\(copies)/\($0)" }
    }

    private func take() {
        let number = count.withLock { count in
            count += 1
            return count - 1
        }
        try? FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
        try? FileManager.default.copyItem(atPath: source, toPath: "\(copies)/\(number)")
    }
}

/// One file mounted over another, as containers do it.
struct BindMount {
    private let path: String

    static let isPossible: Bool = {
        let folder = ScratchFolder()
        for name in ["a", "b"] { _ = FileManager.default.createFile(atPath: folder.file(name), contents: Data()) }
        guard geteuid() == 0, let mount = BindMount(folder.file("a"), on: folder.file("b")) else { return false }
        mount.end()
        return true
    }()

    init?(_ source: String, on path: String) {
        self.path = path
        guard Self.run("mount", ["--bind", source, path]) else { return nil }
    }

    func end() { _ = Self.run("umount", [path]) }

    private static func run(_ program: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
