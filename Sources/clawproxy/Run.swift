internal import ArgumentParser
internal import Glibc
internal import Proxy
internal import Settings
internal import UnixSignals

/// `clawproxy run`: serves until it is told to stop.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve until SIGTERM; a second signal ends at once.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let source = options.source
        let loaded = source.load()
        for problem in loaded.problems { complain(Check.line(problem, running: true)) }
        guard loaded.isReady else {
            complain("clawproxy: not started: correct the problems above; `clawproxy check` lists them again")
            throw ExitCode(1)
        }
        let sink = LogSink(loaded.root.logging)
        // caught from before the first listener on: whoever sees a port open may send one
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let server: Server
        do {
            server = try await Server.start(loaded, from: source, sink: sink)
        } catch {
            complain("clawproxy: not started: \(error)")
            throw ExitCode(1)
        }
        await serve(server, signals)
    }

    private func serve(_ server: Server, _ signals: UnixSignalsSequence) async {
        var drain: Task<Void, Never>?
        for await signal in signals {
            if signal == .sighup {
                Task { await server.hangUp() }
            } else if drain == nil {
                drain = Task {
                    // at a terminal nobody is in front that must be told first
                    let isInteractive = signal == .sigint
                    await server.drain(
                        announce: isInteractive ? .zero : .seconds(5), spread: isInteractive ? .zero : .seconds(10))
                    Glibc.exit(0)
                }
            } else {
                Glibc.exit(130)
            }
        }
    }
}
