internal import Wire

/// Fields after a body (RFC 9110 6.5): those that could change what the head said are left out.
enum Trailers {
    static func copy(_ lines: HeadLines, into sink: inout HeadSink) {
        lines.copyFields(
            into: &sink, dropping: Dropping(ids: ~(1 << UInt64(FieldName.other.rawValue)), underscores: true),
            namesFields: false)
    }
}
