/// Builds nodes from YAML's events: anchors, aliases, merges. Nesting is held on a stack of its own and bounded, and so
/// is what aliases stand for.
struct YAMLComposer {
    /// A node with what bounds need to know of it.
    private struct Built {
        var node: Node
        /// Nodes in it, itself included.
        var count = 1
        /// Containers within it, itself included if it is one.
        var depth = 0
        /// A plain `<<`, which as a key merges.
        var isMerge = false
    }

    fileprivate struct Frame {
        let isMapping: Bool
        let position: Position
        let anchor: String?
        var elements: [Node] = []
        var members: [Node.Member] = []
        var names: [String: Int] = [:]
        var key: (name: String, position: Position, isMerge: Bool)?
        /// What `<<` named, in order.
        var merged: [Node] = []
        var hasMerged = false
        var count = 1
        var depth = 1
    }

    private(set) var documents: [Node] = []
    private let source: String
    private let isSingle: Bool
    private var stack: [Frame] = []
    private var anchors: [String: Built] = [:]
    private var aliased = 0

    init(source: String, isSingle: Bool) {
        self.source = source
        self.isSingle = isSingle
    }

    mutating func take(_ event: YAMLEvent) throws(SyntaxError) {
        switch event.kind {
        case .streamEdge, .documentEnd:
            break
        case .documentStart:
            if isSingle, !documents.isEmpty {
                throw SyntaxError(event.position, "a second document; a configuration is one")
            }
            anchors = [:]
        case .scalar(let text, let isPlain):
            guard let value = YAMLScalar.value(text, isPlain: isPlain, tag: event.tag) else {
                throw SyntaxError(
                    event.position, "\(Quoted.quote(text)) is not of the type that its tag \(event.tag ?? "") names")
            }
            var built = Built(node: Node(value, at: event.position))
            built.isMerge = text == "<<" && isPlain && event.tag == nil || event.tag == "tag:yaml.org,2002:merge"
            try attach(built, anchor: event.anchor, text: text)
        case .alias:
            try attach(try alias(event), anchor: nil, text: nil)
        case .sequenceStart, .mappingStart:
            try open(event)
        case .sequenceEnd, .mappingEnd:
            try close()
        }
    }

    private mutating func open(_ event: YAMLEvent) throws(SyntaxError) {
        guard stack.count < Bounds.depth else {
            throw SyntaxError(event.position, "nested deeper than \(Bounds.depth) levels; flatten it")
        }
        if let top = stack.last, top.isMapping, top.key == nil {
            throw SyntaxError(event.position, "a key must be a plain word, not a list or an object")
        }
        let isMapping = if case .mappingStart = event.kind { true } else { false }
        stack.append(Frame(isMapping: isMapping, position: event.position, anchor: event.anchor))
    }

    private mutating func close() throws(SyntaxError) {
        guard var frame = stack.popLast() else { return }
        frame.addMerged()
        let node = Node(frame.isMapping ? .object(frame.members) : .array(frame.elements), at: frame.position)
        try attach(Built(node: node, count: frame.count, depth: frame.depth), anchor: frame.anchor, text: nil)
    }

    /// What an alias stands for. Shared until somebody walks it, hence the bound on the walk.
    private mutating func alias(_ event: YAMLEvent) throws(SyntaxError) -> Built {
        let name = event.anchor ?? ""
        guard let built = anchors[name] else {
            throw SyntaxError(event.position, "no anchor \(Quoted.quote("&" + name)) before this alias")
        }
        aliased += built.count
        guard aliased <= Bounds.aliasedNodes else {
            throw SyntaxError(
                event.position, "aliases stand for more than \(Bounds.aliasedNodes) nodes; write it out, or less")
        }
        guard stack.count + built.depth <= Bounds.depth else {
            throw SyntaxError(event.position, "nested deeper than \(Bounds.depth) levels; flatten it")
        }
        var placed = built
        if built.depth == 0 { placed.node.position = event.position }
        return placed
    }

    private mutating func attach(_ built: Built, anchor: String?, text: String?) throws(SyntaxError) {
        if let anchor { anchors[anchor] = built }
        guard !stack.isEmpty else {
            documents.append(built.node)
            return
        }
        let top = stack.count - 1
        if stack[top].isMapping, stack[top].key == nil {
            try name(built, text)
            return
        }
        stack[top].count += built.count
        stack[top].depth = max(stack[top].depth, built.depth + 1)
        guard let key = stack[top].key else {
            stack[top].elements.append(built.node)
            return
        }
        stack[top].key = nil
        if key.isMerge {
            try merge(built.node, into: top)
        } else {
            stack[top].names[key.name] = stack[top].members.count
            stack[top].members.append(Node.Member(name: key.name, namePosition: key.position, node: built.node))
        }
    }

    /// A key: the scalar's text as written.
    private mutating func name(_ built: Built, _ text: String?) throws(SyntaxError) {
        let top = stack.count - 1
        let position = built.node.position
        guard built.depth == 0 else {
            throw SyntaxError(position, "a key must be a plain word, not a list or an object")
        }
        let name = text ?? built.node.string ?? built.node.json
        if built.isMerge {
            guard !stack[top].hasMerged else {
                throw SyntaxError(position, "key '<<' was given before; write a list of aliases")
            }
            stack[top].hasMerged = true
        } else if let first = stack[top].names[name] {
            let place = stack[top].members[first].namePosition.text
            throw SyntaxError(position, "key \(Quoted.quote(name)) was given before, at \(place); keep one")
        }
        stack[top].key = (name, position, built.isMerge)
    }

    private mutating func merge(_ node: Node, into top: Int) throws(SyntaxError) {
        let sources = node.elements ?? [node]
        for source in sources {
            guard source.members != nil else {
                throw SyntaxError(source.position, "'<<' takes an object, or a list of objects")
            }
        }
        stack[top].merged = sources
    }
}

extension YAMLComposer.Frame {
    /// Adds what `<<` named and the mapping itself does not: the first of a list wins.
    fileprivate mutating func addMerged() {
        for source in merged {
            for member in source.members ?? [] where names[member.name] == nil {
                names[member.name] = members.count
                members.append(member)
            }
        }
    }
}
