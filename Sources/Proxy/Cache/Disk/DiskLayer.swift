internal import Cache
internal import NIOCore
internal import Telemetry

/// The disk layer as an exchange asks it: the answer comes on the exchange's loop, in time or not at all.
final class DiskLayer: DistantLayer {
    /// Milliseconds that a request waits for the disk.
    private static let patience: Int64 = 20

    let store: DiskStore

    init(_ store: DiskStore) { self.store = store }

    func find(
        _ name: CacheName, on loop: Loop, selecting: @escaping ([[UInt8]]) -> [UInt8]?,
        _ done: @escaping ([StoredAnswer], CacheLookup) -> Void
    ) {
        let question = NIOLoopBound(
            DiskQuestion { done($0, $0.isEmpty ? .miss : .hit) },
            eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        store.find(name, now: loop.wallMilliseconds) { found in
            if eventLoop.inEventLoop {
                question.value.answer(found?.variants ?? [])
            } else {
                eventLoop.execute { question.value.answer(found?.variants ?? []) }
            }
        }
        guard !question.value.isAnswered else { return }
        question.value.deadline = eventLoop.scheduleTask(in: .milliseconds(Self.patience)) {
            question.value.answer([])
        }
    }

    func store(_ answer: StoredAnswer, _ name: CacheName, until: Int64, on loop: Loop) {
        store.store(answer, name, until: until)
    }

    func remove(_ name: CacheName, on loop: Loop) { store.remove(name) }

    /// Looks into every file, in the background: what is meant stands in them.
    func purge(_ purge: Purge, secret: [UInt8]) async -> PurgeOutcome {
        await withCheckedContinuation { continuation in
            store.changeAll { answer in
                guard answer.facts.requested <= purge.at,
                    purge.selection.selects(answer, named: CacheName(of: answer, secret: secret)?.logical ?? [])
                else { return answer }
                return purge.isSoft ? answer.softPurged(now: purge.at) : nil
            } _: {
                continuation.resume(returning: PurgeOutcome(removed: $0))
            }
        }
    }

    func prepare(on loop: any EventLoop) {}
    func stop() {}

    var facts: DistantFacts {
        let figures = store.figures
        return DistantFacts(entries: figures.entries, bytes: figures.bytes, evictions: figures.evictions)
    }
}

/// A question to the disk, on its loop: the first answer counts.
private final class DiskQuestion {
    private var done: (([StoredAnswer]) -> Void)?
    var deadline: Scheduled<Void>?

    init(_ done: @escaping ([StoredAnswer]) -> Void) { self.done = done }

    var isAnswered: Bool { done == nil }

    func answer(_ found: [StoredAnswer]) {
        guard let done else { return }
        self.done = nil
        deadline?.cancel()
        deadline = nil
        done(found)
    }
}
