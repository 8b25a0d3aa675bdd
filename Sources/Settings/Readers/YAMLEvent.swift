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
    /// Where it begins and ends, in characters from the beginning of the text.
    let range: Range<Int>
    let form: Spans.Form
    let anchor: String?
    /// `tag:yaml.org,2002:str`, `!`, `!local`.
    let tag: String?

    init(_ event: yaml_event_t, source: String) {
        let mark = event.start_mark
        position = Position(source: source, line: mark.line + 1, column: mark.column + 1)
        range = mark.index..<max(mark.index, event.end_mark.index)
        form = YAMLEvent.form(event)
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

    private static func form(_ event: yaml_event_t) -> Spans.Form {
        switch event.type {
        case YAML_ALIAS_EVENT: .alias
        case YAML_SEQUENCE_START_EVENT:
            event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? .flow : .block
        case YAML_MAPPING_START_EVENT: event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? .flow : .block
        case YAML_SCALAR_EVENT:
            switch event.data.scalar.style {
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .lines
            case YAML_PLAIN_SCALAR_STYLE: .plain
            default: .quoted
            }
        default: .plain
        }
    }
}
