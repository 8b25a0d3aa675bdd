/// Where the nodes of a text stand: one span a node, a container before what is in it, in the order of the text. All
/// numbers are byte offsets below `Bounds.fileBytes`, so 32 bits hold them.
struct Spans: Sendable {
    enum Form: UInt8, Sendable {
        /// A scalar in quotes, or any scalar of JSON.
        case quoted
        /// YAML: a scalar without quotes.
        case plain
        /// YAML: a scalar of lines below `|` or `>`.
        case lines
        /// A container in brackets.
        case flow
        /// YAML: a container by indentation.
        case block
        /// YAML: `*name`; `source` is what it stands for.
        case alias
        /// YAML: a member that `<<` brought. It is written elsewhere, at `source`.
        case merged
        /// YAML: the value of `<<` itself, which is no member.
        case merge
    }

    struct Span: Sendable {
        /// The member's name with its quotes; empty where the node is no member.
        var nameStart: Int32
        var nameEnd: Int32
        var start: Int32
        var end: Int32
        /// Spans from this one to the next that is not in it.
        var size: Int32 = 1
        /// The span that an alias or a merged member stands for.
        var source: Int32 = -1
        var form: Form
        /// YAML: an anchor or a tag stands before the value, within the span.
        var hasProperties = false
        /// YAML: an alias stands for this node, so a change of it is a change elsewhere too.
        var isShared = false

        var range: Range<Int> { Int(start)..<Int(end) }
        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        /// Where a member begins, or a value that is none.
        var head: Int { nameEnd > nameStart ? Int(nameStart) : Int(start) }
        var isContainer: Bool { form == .flow || form == .block }
    }

    var all: [Span] = []

    subscript(_ index: Int) -> Span { all[index] }

    /// Everything directly in a container, in order, the value of `<<` too. The size of one that is still being read
    /// is not known yet, and `end` stands in for it.
    func items(of container: Int, upTo end: Int? = nil) -> [Int] {
        var items: [Int] = []
        let end = end ?? container + Int(all[container].size)
        var next = container + 1
        while next < end {
            items.append(next)
            next += Int(all[next].size)
        }
        return items
    }

    /// The spans of an array's elements or of an object's members, in the node's order.
    func children(of container: Int) -> [Int] {
        items(of: container).filter { all[$0].form != .merge }
    }

    /// The span where a node is written, which for an alias is elsewhere, and before it.
    func written(_ index: Int) -> Int {
        var at = index
        while all[at].source >= 0 { at = Int(all[at].source) }
        return at
    }
}

/// Takes spans down while a text is read.
struct SpanRecorder {
    private(set) var spans = Spans()
    private var open: [Int] = []
    private var name: Range<Int>?

    /// The name of the member whose value comes next.
    mutating func name(_ range: Range<Int>) { name = range }

    mutating func add(_ range: Range<Int>, _ form: Spans.Form) {
        let name = self.name ?? range.lowerBound..<range.lowerBound
        self.name = nil
        spans.all.append(
            Spans.Span(
                nameStart: Int32(name.lowerBound), nameEnd: Int32(name.upperBound), start: Int32(range.lowerBound),
                end: Int32(range.upperBound), form: form))
    }

    mutating func open(at offset: Int, _ form: Spans.Form) {
        open.append(spans.all.count)
        add(offset..<offset, form)
    }

    mutating func close(at offset: Int) {
        guard let index = open.popLast() else { return }
        spans.all[index].size = Int32(spans.all.count - index)
        spans.all[index].end = Int32(offset)
    }

    /// The last span added.
    var last: Int { spans.all.count - 1 }
    /// The container that is open.
    var container: Int? { open.last }

    subscript(_ index: Int) -> Spans.Span {
        get { spans.all[index] }
        set { spans.all[index] = newValue }
    }
}
