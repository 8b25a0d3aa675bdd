internal import Wire

/// Fields after a body (RFC 9110 6.5): those that could change what the head said are left out.
enum Trailers {
    /// - Parameter names: in lower case, left out as well.
    static func copy(_ lines: HeadLines, into sink: inout HeadSink, without names: [[UInt8]] = []) {
        lines.copyFields(
            into: &sink,
            dropping: Dropping(ids: ~(1 << UInt64(FieldName.other.rawValue)), names: names, underscores: true),
            namesFields: false)
    }

    /// The lines that pass on, as bytes, for more than one reader.
    static func lines(_ trailers: HeadLines, without names: [[UInt8]] = []) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: trailers.count) { memory, count in
            guard let start = memory.baseAddress else { return }
            var sink = HeadSink(start)
            copy(trailers, into: &sink, without: names)
            count = sink.at - UnsafeMutableRawPointer(start)
        }
    }

    /// The same as lines of a head; nil where they are none.
    static func read(_ bytes: [UInt8], limits: WireLimits) -> HeadLines? {
        let lines = HeadLines(fieldsOnly: ())
        let step = (bytes + [0x0D, 0x0A]).withUnsafeBytes { lines.take($0, limits: limits) { _ in nil } }
        guard case .complete = step else { return nil }
        return lines
    }
}
