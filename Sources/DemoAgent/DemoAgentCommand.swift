import ArgumentParser
import Glibc

/// The command line of the demo agent: a stand-in for an OpenClaw gateway in examples, tests and benchmarks.
@main
struct DemoAgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-agent",
        abstract: "A back end that speaks what OpenClaw gateways speak, with settable latency, errors and load.",
        discussion: "Almost all of it can be changed while it runs: POST /control with a JSON object of the same names."
    )

    @Option(help: "Address and port to listen on; port 0 takes a free one, which the first line of output names.")
    var listen = ListenAddress(host: "127.0.0.1", port: 9091)

    @Option(help: "Name of this agent, told in every answer as X-Agent.")
    var id = "agent-demo-001"

    @Option(help: "Event loops to run on.")
    var threads = 1

    @Option(help: "Wait before each answer, such as 20ms.")
    var latency = Span.zero

    @Option(help: "Most that the wait varies by, up or down.")
    var jitter = Span.zero

    @Option(help: "Share of the answers that are errors, 0...1. Health answers never are.")
    var errorRate = 0.0

    @Option(help: "Status of those errors.")
    var errorStatus = 500

    @Option(help: "Words per answer; without it an answer repeats the question.")
    var tokens: Int?

    @Option(help: "Pause between two streamed words.")
    var tokenInterval = Span(milliseconds: 5)

    @Option(help: "CPU share that is reported, 0...1.")
    var cpu = 0.0

    @Option(help: "Memory share that is reported, 0...1.")
    var memory = 0.0

    @Option(help: "Queue depth that is reported.")
    var queueDepth = 0

    @Option(
        defaultAsFlag: .text,
        help: "Send the load figures with every answer as endpoint-load-metrics: text, json or bin.")
    var reportLoad: LoadFigures.Form?

    @OptionGroup(title: "Work") var work: WorkOptions

    @Option(help: "How long /startupz answers 503 after the start.")
    var starting = Span.zero

    @Option(help: "Length of the answer to GET /bytes, where the path names none.")
    var bodyBytes = 1024

    @Option(help: "Time between two tick events on a WebSocket; 0s sends none.")
    var tick = Span.zero

    func validate() throws {
        guard (0...1).contains(errorRate) else {
            throw ValidationError("--error-rate: \(errorRate): expected a share from 0 to 1")
        }
        guard (200...599).contains(errorStatus) else {
            throw ValidationError("--error-status: \(errorStatus): expected a status from 200 to 599")
        }
        guard (1...256).contains(threads) else {
            throw ValidationError("--threads: \(threads): expected 1 to 256")
        }
        guard bodyBytes >= 0, queueDepth >= 0, (tokens ?? 1) >= 1 else {
            throw ValidationError("--body-bytes, --queue-depth, --tokens: expected a count that is not negative")
        }
        guard !id.isEmpty, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ValidationError("--id: '\(id)': expected visible ASCII, for it is sent in a header")
        }
    }

    func run() throws {
        endAtOnce()
        let agent = Agent(id: id, behaviour: behaviour, seed: work.seed)
        do {
            try Server(agent: agent, listen: listen, threads: threads).run()
        } catch {
            throw RuntimeProblem(message: "listen: \(listen): cannot be listened on: \(error)")
        }
    }

    private var behaviour: Behaviour {
        var behaviour = Behaviour()
        behaviour.latency = latency
        behaviour.jitter = jitter
        behaviour.errorRate = errorRate
        behaviour.errorStatus = errorStatus
        behaviour.tokens = tokens
        behaviour.tokenInterval = tokenInterval
        behaviour.cpu = cpu
        behaviour.memory = memory
        behaviour.queueDepth = queueDepth
        behaviour.reportLoad = reportLoad
        behaviour.work = work.work
        behaviour.start(in: starting)
        behaviour.bodyBytes = bodyBytes
        behaviour.tick = tick
        return behaviour
    }

    /// A process that is number one of a container ignores SIGTERM unless it says otherwise.
    private func endAtOnce() {
        signal(SIGTERM) { _ in _exit(0) }
        signal(SIGINT) { _ in _exit(0) }
        signal(SIGPIPE, SIG_IGN)
    }
}
