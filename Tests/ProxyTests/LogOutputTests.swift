import Foundation
import Glibc
import Proxy
import Settings
import Telemetry
import Testing

@Suite("An output that fails is told once, and what was lost in one sum")
struct OutageTests {
    @Test("only a change is told")
    func changes() {
        var outage = Outage(name: "file /x")
        outage.worked()
        #expect(outage.takeNotices().isEmpty)
        outage.failed("no space", losing: 3)
        outage.failed("no space", losing: 4)
        #expect(outage.isDown)
        #expect(outage.takeNotices() == ["log output: file /x: no space: its lines are lost until it works again"])
        #expect(outage.lost == 7)
        outage.failed("no such file", losing: 1)
        #expect(outage.takeNotices().count == 1, "another reason is news")
        outage.worked()
        outage.worked()
        #expect(outage.takeNotices() == ["log output: file /x: works again"])
        #expect(outage.lost == 8)
    }
}

@Suite("A log file is put aside before it outgrows its size, and followed when it is moved")
struct FileOutputTests {
    private let folder = ScratchFolder()
    private var clock = TestClock()

    private func settings(maxSize: Int = 0, maxBackups: Int = 7, compress: Bool = false) -> OutputSettings {
        var settings = OutputSettings()
        settings.type = .file
        settings.maxSize = ByteSize(bytes: maxSize)
        settings.maxBackups = maxBackups
        settings.compress = compress
        return settings
    }

    private func output(_ settings: OutputSettings, _ name: String = "gateway.log") -> FileOutput {
        FileOutput(path: folder.file(name), settings)
    }

    @Test("files rotate between lines, the youngest backup is .1, and the oldest go")
    func rotation() {
        let output = output(settings(maxSize: 20, maxBackups: 2))
        for number in 1...9 { output.write("line-\(number)--\n", at: clock) }
        #expect(folder.names == ["gateway.log", "gateway.log.1", "gateway.log.2"])
        #expect(folder.text("gateway.log") == "line-9--\n")
        #expect(folder.text("gateway.log.1") == "line-7--\nline-8--\n")
        #expect(folder.text("gateway.log.2") == "line-5--\nline-6--\n")
        #expect(!output.outage.isDown)
    }

    @Test("a batch larger than the size is spread over files, no line torn")
    func largeBatch() {
        let output = output(settings(maxSize: 20, maxBackups: 9))
        output.write((1...6).map { "line-\($0)--\n" }.joined(), at: clock)
        #expect(folder.names == ["gateway.log", "gateway.log.1", "gateway.log.2"])
        #expect(folder.text("gateway.log.2") == "line-1--\nline-2--\n")
        #expect(folder.text("gateway.log") == "line-5--\nline-6--\n")
    }

    @Test("a line larger than the size gets a file of its own")
    func largeLine() {
        let output = output(settings(maxSize: 20, maxBackups: 9))
        let large = String(repeating: "x", count: 50) + "\n"
        output.write("a\n" + large + "b\n", at: clock)
        #expect(folder.text("gateway.log.2") == "a\n")
        #expect(folder.text("gateway.log.1") == large)
        #expect(folder.text("gateway.log") == "b\n")
    }

    @Test("the size of what was there at the start counts")
    func restart() {
        let first = output(settings(maxSize: 20))
        first.write("line-1--\nline-2--\n", at: clock)
        first.close()
        let second = output(settings(maxSize: 20))
        second.write("line-3--\n", at: clock)
        #expect(folder.text("gateway.log") == "line-3--\n")
        #expect(folder.text("gateway.log.1") == "line-1--\nline-2--\n")
    }

    @Test("without backups the file begins anew")
    func noBackups() {
        let output = output(settings(maxSize: 20, maxBackups: 0))
        for number in 1...5 { output.write("line-\(number)--\n", at: clock) }
        #expect(folder.names == ["gateway.log"])
        #expect(folder.text("gateway.log") == "line-5--\n")
    }

    @Test("backups are compressed in steps, and numbered with those that are not yet")
    func compression() throws {
        let output = output(settings(maxSize: 3_000_000, maxBackups: 3, compress: true))
        let block = (0..<40_000).map { "line \($0) of the first file\n" }.joined()
        for _ in 0..<4 { output.write(block, at: clock) }
        #expect(output.isBusy)
        for _ in 0..<1000 where output.isBusy { output.tick(now: clock.now) }
        #expect(!output.isBusy)
        #expect(folder.names.allSatisfy { $0 == "gateway.log" || $0.hasSuffix(".gz") }, "\(folder.names)")
        let backups = folder.names.filter { $0.hasSuffix(".gz") }
        #expect(!backups.isEmpty)
        let whole =
            try backups.reversed().map { try gunzipped(folder.file($0)) }.joined() + (folder.text("gateway.log") ?? "")
        #expect(whole == String(repeating: block, count: 4))
    }

    @Test("a compression that was cut short is done at the next start")
    func compressionLater() throws {
        _ = FileManager.default.createFile(atPath: folder.file("gateway.log.2"), contents: Data("old\n".utf8))
        _ = FileManager.default.createFile(atPath: folder.file("gateway.log.2.gz.part"), contents: Data("torn".utf8))
        let output = output(settings(maxSize: 100, maxBackups: 3, compress: true))
        output.write("new\n", at: clock)
        for _ in 0..<100 where output.isBusy { output.tick(now: clock.now) }
        #expect(folder.names == ["gateway.log", "gateway.log.2.gz"])
        #expect(try gunzipped(folder.file("gateway.log.2.gz")) == "old\n")
    }

    @Test("a file that something else moved away is opened anew within a second")
    mutating func moved() throws {
        let output = output(settings())
        output.write("one\n", at: clock)
        try FileManager.default.moveItem(atPath: folder.file("gateway.log"), toPath: folder.file("moved"))
        output.write("two\n", at: clock)
        clock.advance(seconds: 1.1)
        output.tick(now: clock.now)
        output.write("three\n", at: clock)
        #expect(folder.text("moved") == "one\ntwo\n")
        #expect(folder.text("gateway.log") == "three\n")
    }

    @Test("a file that was emptied in place counts from its start again")
    mutating func emptied() {
        let output = output(settings(maxSize: 20))
        output.write("line-1--\nline-2--\n", at: clock)
        truncate(folder.file("gateway.log"), 0)
        clock.advance(seconds: 1.1)
        output.tick(now: clock.now)
        output.write("line-3--\n", at: clock)
        #expect(folder.names == ["gateway.log"])
        #expect(folder.text("gateway.log") == "line-3--\n")
    }

    @Test("missing folders are made")
    func folders() {
        output(settings(), "a/b/gateway.log").write("x\n", at: clock)
        #expect(folder.text("a/b/gateway.log") == "x\n")
    }

    @Test("a path that cannot be written is one notice; lines are lost and counted until it can")
    mutating func unwritable() throws {
        try FileManager.default.createDirectory(atPath: folder.file("gateway.log"), withIntermediateDirectories: false)
        let output = output(settings())
        for _ in 0..<5 {
            output.write("x\ny\n", at: clock)
            clock.advance(seconds: 2)
        }
        #expect(output.outage.isDown)
        #expect(output.outage.takeNotices().count == 1)
        try FileManager.default.removeItem(atPath: folder.file("gateway.log"))
        output.write("z\n", at: clock)
        #expect(folder.text("gateway.log") == "z\n")
        #expect(output.outage.takeNotices().count == 1)
        #expect(output.outage.lost == 10)
    }

    @Test("a full disk is one notice", .disabled(if: access("/dev/full", W_OK) != 0, "needs /dev/full"))
    func fullDisk() {
        let output = FileOutput(path: "/dev/full", settings())
        for _ in 0..<5 { output.write("x\n", at: clock) }
        let notices = output.outage.takeNotices()
        #expect(notices.count == 1)
        #expect(notices.first?.contains("no space left") == true)
        #expect(output.outage.lost == 5)
    }
}
