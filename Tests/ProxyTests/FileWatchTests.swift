import Foundation
import Glibc
import Proxy
import Synchronization
import Testing

@Suite("A change of files is told once, when it has settled")
struct WatchMachineTests {
    private static let start: Int64 = 1_000_000_000_000
    /// Unix time of the same moment; the files are older than that by an hour.
    private static let wall: Int64 = 1_700_000_000_000_000_000
    private static let old = wall - 3_600_000_000_000

    private let one = FileSignature(device: 1, inode: 1, size: 10, modified: old, changed: old)
    private let two = FileSignature(device: 1, inode: 2, size: 10, modified: old, changed: old)

    /// Looks every 50 ms, from 0 on; what was told, with its milliseconds.
    private func told(
        _ first: [FileSignature?], _ looks: [(until: Int, [FileSignature?])]
    ) -> [String] {
        var machine = WatchMachine(first, at: Self.start, wall: Self.wall)
        var told: [String] = []
        var time = 0
        for (until, signatures) in looks {
            while time < until {
                time += 50
                let passed = Int64(time) * 1_000_000
                if let event = machine.saw(signatures, at: Self.start + passed, wall: Self.wall + passed) {
                    told.append("\(time): \(event)")
                }
            }
        }
        return told
    }

    @Test("what stays the same is not told of")
    func same() {
        #expect(told([one, nil], [(3000, [one, nil])]) == [])
        #expect(told([], [(3000, [])]) == [])
    }

    @Test(
        "another inode, size, time or link is a change, told after 150 ms",
        arguments: [
            FileSignature(device: 1, inode: 2, size: 10, modified: old, changed: old),
            FileSignature(device: 2, inode: 1, size: 10, modified: old, changed: old),
            FileSignature(device: 1, inode: 1, size: 11, modified: old, changed: old),
            FileSignature(device: 1, inode: 1, size: 10, modified: old + 1, changed: old),
            FileSignature(device: 1, inode: 1, size: 10, modified: old, changed: old + 1),
            FileSignature(device: 1, inode: 1, size: 10, modified: old, changed: old, link: "..data/gateway.json"),
            FileSignature(error: EACCES),
        ])
    func change(signature: FileSignature) {
        #expect(told([one], [(100, [one]), (1000, [signature])]) == ["300: changed([0])"])
    }

    @Test("a file that is being written is told of when it is left alone")
    func writing() {
        let steps = (1...10).map { size in
            (
                until: size * 100,
                [FileSignature(device: 1, inode: 1, size: Int64(100 + size), modified: Self.old, changed: Self.old)]
            )
        }
        let done: [FileSignature?] = steps[9].1
        #expect(told([one], steps + [(2000, done)]) == ["1100: changed([0])"])
    }

    @Test("files that change together are told together")
    func together() {
        #expect(
            told([one, one, one], [(100, [two, one, one]), (2000, [two, one, two])]) == ["300: changed([0, 2])"])
    }

    @Test("a change that is taken back before it settled is none")
    func takenBack() {
        #expect(told([one], [(100, [two]), (2000, [one])]) == [])
    }

    @Test("a file that comes is a change; one that goes has vanished after a second, and is told once")
    func comesAndGoes() {
        #expect(told([nil], [(1000, [one])]) == ["200: changed([0])"])
        #expect(told([one], [(5000, [nil])]) == ["1050: vanished([0])"])
        #expect(told([one, one], [(2000, [nil, two])]) == ["200: changed([1])", "1050: vanished([0])"])
    }

    @Test("a file that is away for less than a second was replaced, or never gone")
    func awayForAMoment() {
        #expect(told([one], [(900, [nil]), (3000, [one])]) == [])
        #expect(told([one], [(900, [nil]), (3000, [two])]) == ["1100: changed([0])"])
        let again: [(until: Int, [FileSignature?])] = [(2000, [nil]), (4000, [one])]
        #expect(told([one], again) == ["1050: vanished([0])", "2200: changed([0])"])
    }

    @Test("a write within the same tick of the clock cannot hide")
    func sameTick() {
        // loaded at 0 from a file written just then: a write that leaves the same signature may follow
        let young = FileSignature(device: 1, inode: 1, size: 10, modified: Self.wall, changed: Self.wall)
        #expect(told([young], [(3000, [young])]) == ["150: changed([0])"])
        let later = FileSignature(
            device: 1, inode: 1, size: 10, modified: Self.wall + 180_000_000, changed: Self.wall + 180_000_000)
        #expect(told([one], [(200, [later]), (3000, [later])]) == ["250: changed([0])"], "young for 50 ms")
    }

    @Test("a clock that is wrong delays nothing")
    func otherClock() {
        let ahead = Self.wall + 3_600_000_000_000
        let future = FileSignature(device: 1, inode: 1, size: 10, modified: ahead, changed: ahead)
        #expect(told([one], [(1000, [future])]) == ["200: changed([0])"])
        #expect(told([future], [(1000, [future])]) == [])
        let extreme = FileSignature(device: 1, inode: 1, size: 10, modified: .min, changed: .min)
        #expect(told([one], [(1000, [extreme])]) == ["200: changed([0])"])
    }

    @Test("with other paths, those that were watched before go on as they were")
    func otherPaths() {
        var machine = WatchMachine([one, one], at: Self.start, wall: Self.wall)
        machine.replacePaths([nil, 0], [two, two], at: Self.start, wall: Self.wall)
        var told: [WatchMachine.Event] = []
        for look in 1...10 {
            let passed = Int64(look) * 50_000_000
            if let event = machine.saw([two, two], at: Self.start + passed, wall: Self.wall + passed) {
                told.append(event)
            }
        }
        #expect(told == [.changed([1])], "the first is new; the second had changed before")
        #expect(machine.saw([one], at: Self.start, wall: Self.wall) == nil, "looks at paths that are no longer watched")
    }
}

@Suite("Changes on the disk are seen, however they are made")
struct FileWatchTests {
    private let folder = ScratchFolder()

    /// What a watch told, waited for with a deadline.
    private final class Told: Sendable {
        private let events = Mutex<[FileWatch.Event]>([])

        func add(_ event: FileWatch.Event) { events.withLock { $0.append(event) } }

        func next() async throws -> FileWatch.Event {
            try await eventually("a word of the watch") { count > 0 }
            return events.withLock { $0.removeFirst() }
        }

        var count: Int { events.withLock { $0.count } }
    }

    private func put(_ text: String, _ name: String) {
        let path = folder.file(name + ".new")
        _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
        rename(path, folder.file(name))
    }

    /// In place, with the same size.
    private func overwrite(_ text: String, _ name: String) {
        guard let file = FileHandle(forWritingAtPath: folder.file(name)) else { return }
        file.write(Data(text.utf8))
        try? file.close()
    }

    @Test("replaced by rename, written in place, gone, there again", .timeLimit(.minutes(5)))
    func changes() async throws {
        put("one", "gateway.json")
        let path = folder.file("gateway.json")
        let told = Told()
        let watch = FileWatch([path, folder.file("none")], every: .milliseconds(10)) { told.add($0) }
        defer { watch.stop() }
        #expect(try await told.next() == .changed([path]), "written just before the watch began")
        put("two", "gateway.json")
        #expect(try await told.next() == .changed([path]))
        overwrite("dos", "gateway.json")
        #expect(try await told.next() == .changed([path]))
        unlink(path)
        #expect(try await told.next() == .vanished([path]))
        put("three", "gateway.json")
        #expect(try await told.next() == .changed([path]))
        put("four", "none")
        #expect(try await told.next() == .changed([folder.file("none")]))
        #expect(told.count == 0)
    }

    @Test("a link in the path swapped, as Kubernetes mounts a ConfigMap", .timeLimit(.minutes(5)))
    func kubernetes() async throws {
        for version in ["..1", "..2"] {
            try FileManager.default.createDirectory(atPath: folder.file(version), withIntermediateDirectories: false)
            put("same", version + "/gateway.json")
        }
        symlink("..1", folder.file("..data"))
        symlink("..data/gateway.json", folder.file("gateway.json"))
        let path = folder.file("gateway.json")
        let told = Told()
        let watch = FileWatch([path], every: .milliseconds(10)) { told.add($0) }
        defer { watch.stop() }
        #expect(try await told.next() == .changed([path]), "made just before the watch began")
        symlink("..2", folder.file("..data.new"))
        rename(folder.file("..data.new"), folder.file("..data"))
        #expect(try await told.next() == .changed([path]))
    }

    @Test("other files can be watched, and a stopped watch is silent", .timeLimit(.minutes(5)))
    func otherPaths() async throws {
        let told = Told()
        let (first, second) = (folder.file("a"), folder.file("b"))
        let watch = FileWatch([first], every: .milliseconds(10)) { told.add($0) }
        watch.watch([second])
        put("x", "a")
        put("y", "b")
        #expect(try await told.next() == .changed([second]))
        watch.stop()
        // by the time that another one tells, the stopped one would have told
        let others = Told()
        let other = FileWatch([second], every: .milliseconds(10)) { others.add($0) }
        defer { other.stop() }
        #expect(try await others.next() == .changed([second]), "written just before the watch began")
        put("z", "b")
        #expect(try await others.next() == .changed([second]))
        #expect(told.count == 0)
    }
}
