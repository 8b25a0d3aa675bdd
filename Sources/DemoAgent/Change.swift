import NIOCore

/// The body of `POST /control`: the keys to change. Unknown ones and values out of range are refused.
struct Change: Decodable {
    private typealias Edit = (inout Behaviour) -> Void

    private enum Name: String, CaseIterable {
        case latency, jitter, errorRate, errorStatus, tokens, tokenInterval, cpu, memory, queueDepth, reportLoad
        case healthy, starting, draining, drain, bodyBytes, tick
        case slots, speed, serviceTime, spread, coldStart, pauseEvery, pauseFor
    }

    /// A key as it stands in the body, so that unknown ones can be named.
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private typealias Container = KeyedDecodingContainer<Key>

    private var edits: [Edit] = []

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys {
            guard let name = Name(rawValue: key.stringValue) else {
                let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
                throw Self.refusal(key, container, "no such key; expected one of \(names)")
            }
            edits.append(try Self.edit(name, key, container))
        }
    }

    func apply(_ behaviour: inout Behaviour) {
        for edit in edits { edit(&behaviour) }
    }

    private static func edit(_ name: Name, _ key: Key, _ from: Container) throws -> Edit {
        switch name {
        case .latency: try set(\.latency, from.decode(Span.self, forKey: key))
        case .jitter: try set(\.jitter, from.decode(Span.self, forKey: key))
        case .tokenInterval: try set(\.tokenInterval, from.decode(Span.self, forKey: key))
        case .tick: try set(\.tick, from.decode(Span.self, forKey: key))
        case .errorRate: try set(\.errorRate, within(0...1, key, from))
        case .cpu: try set(\.cpu, within(0...1, key, from))
        case .memory: try set(\.memory, within(0...1, key, from))
        case .errorStatus: try set(\.errorStatus, within(200...599, key, from))
        case .queueDepth: try set(\.queueDepth, within(0...Int.max, key, from))
        case .bodyBytes: try set(\.bodyBytes, within(0...Int.max, key, from))
        case .tokens: try set(\.tokens, from.decodeNil(forKey: key) ? nil : within(1...1_000_000, key, from))
        case .reportLoad: try reportLoad(key, from)
        case .healthy: try set(\.healthy, from.decode(Bool.self, forKey: key))
        case .draining: try set(\.draining, from.decode(Bool.self, forKey: key))
        case .drain: try drain(key, from)
        case .starting: try starting(key, from)
        case .slots, .speed, .serviceTime, .spread, .coldStart, .pauseEvery, .pauseFor: try work(name, key, from)
        }
    }

    private static func work(_ name: Name, _ key: Key, _ from: Container) throws -> Edit {
        switch name {
        case .slots: try set(\.work.slots, within(0...1_000_000, key, from))
        case .speed: try set(\.work.speed, within(0.001...1000, key, from))
        case .spread: try set(\.work.spread, within(0...4, key, from))
        case .pauseEvery: try set(\.work.pauseEvery, from.decode(Span.self, forKey: key))
        case .pauseFor: try set(\.work.pauseFor, from.decode(Span.self, forKey: key))
        case .coldStart: try coldStart(from.decode(Span.self, forKey: key))
        default: try set(\.work.serviceTime, from.decode(Span.self, forKey: key))
        }
    }

    private static func coldStart(_ warmup: Span) -> Edit {
        { $0.work.startCold(.now(), over: warmup) }
    }

    /// `false`, `true` for text, or the name of a form.
    private static func reportLoad(_ key: Key, _ from: Container) throws -> Edit {
        if let isOn = try? from.decode(Bool.self, forKey: key) { return set(\.reportLoad, isOn ? .text : nil) }
        guard let form = LoadFigures.Form(rawValue: try from.decode(String.self, forKey: key)) else {
            throw refusal(key, from, "expected true, false, text, json or bin")
        }
        return set(\.reportLoad, form)
    }

    /// `false`, `true`, or how long the restart is said to take.
    private static func drain(_ key: Key, _ from: Container) throws -> Edit {
        if let isOn = try? from.decode(Bool.self, forKey: key) {
            return set(\.drain, isOn ? Span(milliseconds: 1500) : nil)
        }
        return set(\.drain, try from.decode(Span.self, forKey: key))
    }

    /// `true`: until told otherwise; a length of time: for so long.
    private static func starting(_ key: Key, _ from: Container) throws -> Edit {
        if let isStarting = try? from.decode(Bool.self, forKey: key) {
            return { $0.start(!isStarting) }
        }
        let span = try from.decode(Span.self, forKey: key)
        return { $0.start(in: span) }
    }

    private static func set<Value>(_ path: WritableKeyPath<Behaviour, Value>, _ value: Value) -> Edit {
        { $0[keyPath: path] = value }
    }

    private static func within<Value: Decodable & Comparable>(
        _ range: ClosedRange<Value>, _ key: Key, _ from: Container
    ) throws -> Value {
        let value = try from.decode(Value.self, forKey: key)
        guard range.contains(value) else {
            throw refusal(key, from, "expected \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private static func refusal(_ key: Key, _ from: Container, _ message: String) -> DecodingError {
        .dataCorruptedError(forKey: key, in: from, debugDescription: message)
    }
}
