extension EntryCodec {
    private struct Marks: OptionSet {
        let rawValue: UInt32
        static let isHeuristic = Marks(rawValue: 1)
        static let hasExplicitLifetime = Marks(rawValue: 2)
        static let mustRevalidate = Marks(rawValue: 4)
        static let alwaysRevalidate = Marks(rawValue: 8)
        static let immutable = Marks(rawValue: 16)
        static let hasLastModified = Marks(rawValue: 32)
    }

    static func write(_ facts: StoredFacts, _ writer: inout EntryWriter) {
        var marks: Marks = []
        if facts.isHeuristic { marks.insert(.isHeuristic) }
        if facts.hasExplicitLifetime { marks.insert(.hasExplicitLifetime) }
        if facts.mustRevalidate { marks.insert(.mustRevalidate) }
        if facts.alwaysRevalidate { marks.insert(.alwaysRevalidate) }
        if facts.immutable { marks.insert(.immutable) }
        if facts.lastModified != nil { marks.insert(.hasLastModified) }
        writer.number(UInt32(clamping: facts.status))
        writer.number(marks.rawValue)
        let numbers = [
            facts.requested, facts.received, facts.initialAge, facts.lifetime, facts.staleWhileRevalidate,
            facts.staleIfError, facts.lastModified ?? 0, facts.date,
        ]
        for number in numbers { writer.number(UInt64(bitPattern: number)) }
        writer.text(facts.etag)
        writer.texts(facts.vary)
        writer.texts(facts.tags)
    }

    static func facts(_ reader: inout EntryReader) -> StoredFacts {
        var facts = StoredFacts()
        facts.status = Int(reader.number() as UInt32)
        let marks = Marks(rawValue: reader.number())
        facts.isHeuristic = marks.contains(.isHeuristic)
        facts.hasExplicitLifetime = marks.contains(.hasExplicitLifetime)
        facts.mustRevalidate = marks.contains(.mustRevalidate)
        facts.alwaysRevalidate = marks.contains(.alwaysRevalidate)
        facts.immutable = marks.contains(.immutable)
        facts.requested = reader.signed()
        facts.received = reader.signed()
        facts.initialAge = reader.signed()
        facts.lifetime = reader.signed()
        facts.staleWhileRevalidate = reader.signed()
        facts.staleIfError = reader.signed()
        let lastModified = reader.signed()
        facts.lastModified = marks.contains(.hasLastModified) ? lastModified : nil
        facts.date = reader.signed()
        facts.etag = reader.text()
        facts.vary = reader.texts()
        facts.tags = reader.texts()
        return facts
    }
}

extension StoredFacts {
    /// Numbers that an answer can have: no sum of them overflows.
    var isSound: Bool {
        let seconds = 0...Int64(1) << 31
        let milliseconds = 0...Int64(1) << 48
        return (200...599).contains(status) && milliseconds.contains(requested) && milliseconds.contains(received)
            && [initialAge, lifetime, staleWhileRevalidate, staleIfError].allSatisfy(seconds.contains)
            && [lastModified ?? 0, date].allSatisfy((-Int64(1) << 48...Int64(1) << 48).contains)
            && !etag.contains { $0 < 0x20 || $0 == 0x7F }
    }
}
