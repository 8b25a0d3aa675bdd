import Foundation
import Logging
import Proxy
import Settings
import Telemetry
import Testing

@Suite("The queue before the log thread is bounded, and keeps levels and order")
struct LogQueueTests {
    private func add(_ text: String, _ queue: LogQueue, _ level: LogLevel = .info) -> Bool {
        Array(text.utf8).withUnsafeBytes { queue.add($0, level: level) }
    }

    @Test("what finds no room is counted in lines; what is in stays")
    func bounded() {
        let queue = LogQueue(capacity: 10)
        #expect(add("12345\n", queue))
        #expect(!add("a\nb\nc\n", queue))
        #expect(add("678\n", queue))
        #expect(!add("x\n", queue))
        var batch = LogQueue.Batch()
        queue.take(&batch, waitingMilliseconds: 0)
        let text = String(decoding: batch.lines.bytes, as: UTF8.self)
        #expect(text == "12345\n678\n")
        #expect(batch.dropped == 4)
        #expect(add("x\n", queue), "there is room again")
    }

    @Test("runs of one level are one, in order")
    func runs() {
        let queue = LogQueue(capacity: 1000)
        for (text, level) in [("a\n", LogLevel.info), ("b\n", .info), ("c\n", .error), ("d\n", .info)] {
            _ = add(text, queue, level)
        }
        var batch = LogQueue.Batch()
        queue.take(&batch, waitingMilliseconds: 0)
        #expect(batch.runs.map(\.level) == [.info, .error, .info])
        #expect(batch.runs.map(\.bytes) == [4, 2, 2])
    }
}

@Suite("Lines reach the configured outputs off the event loops")
struct LogSinkTests {
    private let folder = ScratchFolder()

    private func settings(_ name: String, _ change: (inout LogSettings) -> Void = { _ in }) -> LogSettings {
        var output = OutputSettings()
        output.type = .file
        output.path = folder.file(name)
        var settings = LogSettings()
        settings.outputs = [output]
        change(&settings)
        return settings
    }

    private func write(_ text: String, to sink: LogSink) {
        sink.write(Array(text.utf8))
    }

    @Test("what is written is in the file after a flush, in order, from many threads too")
    func order() async {
        let sink = LogSink(settings("log"))
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for line in 0..<1000 { sink.write(Array("\(task) \(line)\n".utf8)) }
                }
            }
        }
        #expect(sink.flush(within: .seconds(20)))
        let lines = (folder.text("log") ?? "").split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.count == 8000)
        for task in 0..<8 {
            let own = lines.filter { $0.first == "\(task)" }.compactMap { $0.last.flatMap { Int($0) } }
            #expect(own == Array(0..<1000))
        }
        #expect(sink.droppedLines == 0)
        #expect(sink.stop(within: .seconds(20)))
    }

    @Test("two outputs both get every line")
    func twoOutputs() {
        var both = settings("one")
        both.outputs += settings("two").outputs
        let sink = LogSink(both)
        write("x\n", to: sink)
        #expect(sink.stop(within: .seconds(20)))
        #expect(folder.text("one") == "x\n")
        #expect(folder.text("two") == "x\n")
    }

    @Test("other settings take over while running")
    func configure() {
        let sink = LogSink(settings("one"))
        write("a\n", to: sink)
        sink.configure(settings("two") { $0.level = .error })
        #expect(sink.flush(within: .seconds(20)))
        write("b\n", to: sink)
        #expect(sink.stop(within: .seconds(20)))
        #expect(folder.text("one") == "a\n")
        #expect(folder.text("two") == "b\n")
        #expect(sink.level == .error)
    }

    @Test("stopping writes what waits; what comes later is dropped")
    func stop() {
        let sink = LogSink(settings("log"))
        for _ in 0..<10_000 { write("x\n", to: sink) }
        #expect(sink.stop(within: .seconds(20)))
        #expect(folder.text("log")?.utf8.count == 20_000)
        write("y\n", to: sink)
        #expect(sink.stop(within: .seconds(20)), "a second stop finds it ended")
        #expect(folder.text("log")?.contains("y") == false)
    }

    @Test("lines that were lost are told in one line, and counted")
    func lost() throws {
        let path = folder.file("log")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let sink = LogSink(settings("log"))
        write("a\nb\n", to: sink)
        #expect(sink.flush(within: .seconds(20)))
        try FileManager.default.removeItem(atPath: path)
        sink.reopen()
        #expect(sink.flush(within: .seconds(20)))
        write("c\n", to: sink)
        #expect(sink.stop(within: .seconds(20)))
        let lines = (folder.text("log") ?? "").split(separator: "\n")
        #expect(lines.count == 2 && lines.first == "c")
        #expect(lines.last?.contains("\"lines\":\"2\"") == true)
        #expect(sink.droppedLines == 2)
    }
}

@Suite("A message becomes one line with its facts")
struct LogHandlerTests {
    private let folder = ScratchFolder()

    private func sink(_ change: (inout LogSettings) -> Void = { _ in }) -> LogSink {
        var output = OutputSettings()
        output.type = .file
        output.path = folder.file("log")
        var settings = LogSettings()
        settings.outputs = [output]
        change(&settings)
        return LogSink(settings)
    }

    private func logger(_ sink: LogSink, _ label: String = "") -> Logger {
        Logger(label: label) { JSONLogHandler(label: $0, sink: sink) }
    }

    private func lines(_ sink: LogSink) throws -> [Node] {
        #expect(sink.stop(within: .seconds(20)))
        return try (folder.text("log") ?? "").split(separator: "\n").map {
            try JSONReader.read(Array($0.utf8), source: "log", dialect: .strict)
        }
    }

    @Test("message, level and facts, the call's over the logger's")
    func facts() throws {
        let sink = sink()
        var logger = logger(sink, "runtime")
        logger[metadataKey: "generation"] = "7"
        logger[metadataKey: "agent"] = "a-0"
        logger.warning("agent \"down\"", metadata: ["agent": "a-1", "level": "x", "list": ["p", "q"]])
        let line = try #require(try lines(sink).first)
        #expect(line["message"]?.string == "agent \"down\"")
        #expect(line["level"]?.string == "warning")
        #expect(line["agent"]?.string == "a-1")
        #expect(line["generation"]?.string == "7")
        #expect(line["_level"]?.string == "x", "a fact does not take the place of the line's own key")
        #expect(line["logger"]?.string == "runtime")
        #expect(line["time"]?.string?.hasSuffix("Z") == true)
    }

    @Test("the sink's level changes for every logger that has none of its own")
    func level() throws {
        let sink = sink()
        let first = logger(sink)
        var second = logger(sink)
        first.debug("left out")
        sink.level = .debug
        first.debug("one")
        sink.level = .error
        first.warning("left out")
        second.logLevel = .trace
        second.trace("two")
        first.error("three")
        #expect(try lines(sink).compactMap { $0["message"]?.string } == ["one", "two", "three"])
    }

    @Test("an error's own words are a fact")
    func error() throws {
        struct Broken: Error, CustomStringConvertible { var description: String { "it broke" } }
        let sink = sink()
        logger(sink).error("failed", error: Broken())
        #expect(try lines(sink).first?["error"]?.string == "it broke")
    }

    @Test("text form")
    func text() {
        let sink = sink { $0.format = .text }
        logger(sink).info("ready", metadata: ["port": "8080"])
        #expect(sink.stop(within: .seconds(20)))
        #expect(folder.text("log")?.hasSuffix(" info ready port=8080\n") == true)
    }

    @Test("repeated messages are thinned out, others are not")
    func sampling() throws {
        let sink = sink {
            $0.sampling.enabled = true
            $0.sampling.initial = 2
            $0.sampling.thereafter = 0
        }
        let logger = logger(sink)
        for _ in 0..<50 { logger.info("again") }
        logger.info("other")
        let messages = try lines(sink).compactMap { $0["message"]?.string }
        // The fifty may fall into two seconds.
        #expect((2...4).contains(messages.count { $0 == "again" }))
        #expect(messages.last == "other")
    }
}
