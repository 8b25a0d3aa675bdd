internal import Settings

/// The agents that a file lists, read anew when it changes.
struct FileSource: DiscoverySource {
    let path: String

    func run(_ tell: @Sendable (SourceReport) async -> Void) async {
        let (events, event) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let watch = FileWatch([path]) { _ in event.yield() }
        defer { watch.stop() }
        await look(tell)
        for await _ in events {
            if Task.isCancelled { return }
            await look(tell)
        }
    }

    /// What is wrong with it is told with its place; what it said before stays then.
    private func look(_ tell: @Sendable (SourceReport) async -> Void) async {
        switch FileReading.read(path) {
        case .missing:
            await tell(.failed("\(path): no such file; expected a list of agents: put it there"))
        case .unreadable(let why):
            await tell(.failed("\(path): cannot be read: \(why)"))
        case .bytes(let bytes):
            do throws(AgentFile.Wrong) {
                let agents = try AgentFile.read(bytes, path: path)
                await tell(.found(agents, note: agents.isEmpty ? "the file lists none" : ""))
            } catch {
                await tell(.failed(error.message))
            }
        }
    }
}
