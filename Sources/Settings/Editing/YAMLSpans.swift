/// Takes down where YAML's nodes stand, from the events that the composer has accepted.
struct YAMLSpans {
    private typealias Member = (name: String, span: Int)

    private struct Frame {
        let span: Int
        let isMapping: Bool
        let anchor: String?
        /// Whether its members may have to be found again: it has an anchor, or stands at `<<`.
        let isSource: Bool
        var key: (name: String, range: Range<Int>, isMerge: Bool)?
        var members: [Member] = []
        /// The value of `<<`.
        var merge: Int?
    }

    private var recorder = SpanRecorder()
    private var places: CharacterPlaces
    private var stack: [Frame] = []
    /// The span of each anchor so far.
    private var anchors: [String: Int] = [:]
    /// What scalars with anchors are as names.
    private var names: [String: String] = [:]
    /// What `<<` may bring, by the mapping's span.
    private var sources: [Int: [Member]] = [:]
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        places = CharacterPlaces(bytes)
    }

    var finished: Spans { recorder.spans }

    mutating func take(_ event: YAMLEvent) {
        let range = places.offset(of: event.range.lowerBound)..<places.offset(of: event.range.upperBound)
        switch event.kind {
        case .streamEdge, .documentEnd: break
        case .documentStart: anchors = [:]
        case .scalar(let text, let isPlain):
            let isMerge = text == "<<" && isPlain && event.tag == nil || event.tag == "tag:yaml.org,2002:merge"
            if let anchor = event.anchor {
                let value = YAMLScalar.value(text, isPlain: isPlain, tag: event.tag).map { Node($0) }
                (anchors[anchor], names[anchor]) = (nil, value?.string ?? value?.json)
            }
            if takeKey(text, range, isMerge: isMerge) { return }
            takeName()
            recorder.add(event.form == .lines ? range.lowerBound..<endOfLines(range) : range, event.form)
            if let anchor = event.anchor { anchors[anchor] = recorder.last }
            place(recorder.last, event)
        case .alias:
            if takeKey(event.anchor.flatMap { names[$0] } ?? "", range, isMerge: false) { return }
            takeName()
            recorder.add(range, .alias)
            if let source = event.anchor.flatMap({ anchors[$0] }) {
                recorder[recorder.last].source = Int32(source)
                recorder[source].isShared = true
            }
            place(recorder.last, event)
        case .sequenceStart: open(range, event, isMapping: false)
        case .mappingStart: open(range, event, isMapping: true)
        case .sequenceEnd, .mappingEnd: close(range.upperBound)
        }
    }

    /// Whether this is the name of a member; names and values come in turn.
    private mutating func takeKey(_ text: String, _ range: Range<Int>, isMerge: Bool) -> Bool {
        guard let top = stack.indices.last, stack[top].isMapping, stack[top].key == nil else { return false }
        stack[top].key = (text, range, isMerge)
        return true
    }

    private mutating func takeName() {
        if let key = stack.last?.key { recorder.name(key.range) }
    }

    private mutating func open(_ range: Range<Int>, _ event: YAMLEvent, isMapping: Bool) {
        takeName()
        recorder.open(at: range.lowerBound, event.form)
        let span = recorder.last
        let isInMerge = stack.last?.key?.isMerge ?? stack.last.map { $0.isSource && !$0.isMapping } ?? false
        place(span, event)
        stack.append(
            Frame(
                span: span, isMapping: isMapping, anchor: event.anchor, isSource: event.anchor != nil || isInMerge))
    }

    /// Makes a new span a member of the mapping that is open.
    private mutating func place(_ span: Int, _ event: YAMLEvent) {
        recorder[span].hasProperties = recorder[span].form != .alias && (event.anchor != nil || event.tag != nil)
        guard let top = stack.indices.last, let key = stack[top].key else { return }
        stack[top].key = nil
        if key.isMerge { stack[top].merge = span } else { stack[top].members.append((key.name, span)) }
    }

    private mutating func close(_ end: Int) {
        guard var frame = stack.popLast() else { return }
        let isBlock = recorder[frame.span].form == .block
        // libyaml ends a block where the next thing begins, behind comments and empty lines.
        let lastEnd = recorder.spans.items(of: frame.span, upTo: recorder.last + 1).last.map { recorder[$0].end }
        if let merge = frame.merge { addMerged(&frame, merge) }
        recorder.close(at: isBlock ? Int(lastEnd ?? recorder[frame.span].start) : end)
        if frame.isSource, frame.isMapping { sources[frame.span] = frame.members }
        if let anchor = frame.anchor { anchors[anchor] = frame.span }
    }

    /// As the composer does it: what the mapping does not have itself, the first of a list first.
    private mutating func addMerged(_ frame: inout Frame, _ merge: Int) {
        let span = recorder[merge]
        let listed = span.isContainer && sources[merge] == nil ? recorder.spans.items(of: merge) : [merge]
        recorder[merge].form = .merge
        var names = Set(frame.members.map(\.name))
        for source in listed {
            for member in sources[recorder.spans.written(source)] ?? [] where names.insert(member.name).inserted {
                recorder.add(Int(span.start)..<Int(span.start), .merged)
                recorder[recorder.last].source = Int32(member.span)
                frame.members.append((member.name, recorder.last))
            }
        }
    }

    /// The end of the lines below `|` or `>`: without the empty ones behind them, unless `+` keeps those.
    private func endOfLines(_ range: Range<Int>) -> Int {
        func isBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let header = bytes[range].prefix { !isBreak($0) && $0 != UInt8(ascii: "#") }
        var end = range.upperBound
        if header.contains(UInt8(ascii: "+")) {
            while end > range.lowerBound, isBlank(bytes[end - 1]) { end -= 1 }
            if end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
            if end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            return end
        }
        while end > range.lowerBound, isBreak(bytes[end - 1]) || isBlank(bytes[end - 1]) { end -= 1 }
        return end
    }
}
