import CYAML

/// One event of a YAML text, taken out of libyaml's memory.
struct YAMLEvent {
    enum Kind {
        case scalar(text: String, isPlain: Bool)
        case alias
        case sequenceStart, sequenceEnd
        case mappingStart, mappingEnd
        case documentStart, documentEnd
        case streamEdge
    }

    let kind: Kind
    let position: Position
    let anchor: String?
    /// `tag:yaml.org,2002:str`, `!`, `!local`.
    let tag: String?

    init(_ event: yaml_event_t, source: String) {
        let mark = event.start_mark
        position = Position(source: source, line: mark.line + 1, column: mark.column + 1)
        func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
            bytes.map { String(cString: $0) }
        }
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(
                text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            (anchor, tag) = (text(scalar.anchor), text(scalar.tag))
        case YAML_ALIAS_EVENT:
            kind = .alias
            (anchor, tag) = (text(event.data.alias.anchor), nil)
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            (anchor, tag) = (text(event.data.sequence_start.anchor), text(event.data.sequence_start.tag))
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            (anchor, tag) = (text(event.data.mapping_start.anchor), text(event.data.mapping_start.tag))
        case YAML_SEQUENCE_END_EVENT:
            (kind, anchor, tag) = (.sequenceEnd, nil, nil)
        case YAML_MAPPING_END_EVENT:
            (kind, anchor, tag) = (.mappingEnd, nil, nil)
        case YAML_DOCUMENT_START_EVENT:
            (kind, anchor, tag) = (.documentStart, nil, nil)
        case YAML_DOCUMENT_END_EVENT:
            (kind, anchor, tag) = (.documentEnd, nil, nil)
        default:
            (kind, anchor, tag) = (.streamEdge, nil, nil)
        }
    }
}
