/// What has to change in a document for it to say something else: values that are replaced, and containers of which
/// items go or to which items come. What is in a container is listed before the container itself.
struct TextChanges {
    enum Change {
        case value(ValueChange)
        case items(ItemsChange)
    }

    struct ValueChange {
        let span: Int
        /// The span of the container that it is in; nil at the root.
        let parent: Int?
        let target: Node
        /// Where the value stands.
        let position: Position
    }

    struct ItemsChange {
        struct Addition {
            /// The item of `items` that it follows; -1 before all of them.
            let after: Int
            /// nil in an array.
            let name: String?
            let node: Node
        }

        let container: Int
        let parent: Int?
        /// The container's items as the text has them.
        let items: [Int]
        var isKept: [Bool]
        /// By `after`, in order.
        var additions: [Addition]
        /// What the container shall say.
        let target: Node
        /// Where the container stands.
        let position: Position

        /// The container written anew.
        var whole: ValueChange {
            ValueChange(span: container, parent: parent, target: target, position: position)
        }
    }

    private(set) var list: [Change] = []
    /// What goes although aliases may still stand for it.
    private(set) var lost: Position?
    private let spans: Spans

    /// The node has been read, so its depth is bounded, and so is the recursion. What is new is checked.
    init(from node: Node, _ spans: Spans, to target: Node) throws(EditFailure) {
        self.spans = spans
        try compare(node, 0, nil, target)
    }

    private mutating func compare(_ node: Node, _ span: Int, _ parent: Int?, _ target: Node) throws(EditFailure) {
        if node.isShared(with: target) { return }
        let (count, form) = (list.count, spans[span].form)
        if form == .alias || form == .merged {
            if node.isSame(as: target) { return }
            // An alias of a scalar gives way to a value of its own.
            guard form == .alias, !spans[spans.written(span)].isContainer else { throw TextChanges.shared(node) }
            try append(ValueChange(span: span, parent: parent, target: target, position: node.position))
            return
        }
        switch (node.value, target.value) {
        case (.object(let old), .object(let new)):
            try compareMembers(node, old, new, span, parent, target)
        case (.array(let old), .array(let new)):
            try compareElements(node, old, new, span, parent, target)
        default:
            if !node.isSame(as: target) {
                lose(node, span)
                try append(ValueChange(span: span, parent: parent, target: target, position: node.position))
            }
        }
        if list.count > count, spans[span].isShared { throw TextChanges.shared(node) }
    }

    private mutating func compareMembers(
        _ node: Node, _ old: [Node.Member], _ new: [Node.Member], _ span: Int, _ parent: Int?, _ target: Node
    ) throws(EditFailure) {
        if old.count == new.count, zip(old, new).allSatisfy({ $0.name == $1.name }) {
            var index = 0
            for child in spans.items(of: span) where spans[child].form != .merge {
                guard index < old.count else { throw TextChanges.unplaced(node) }
                try compare(old[index].node, child, span, new[index].node)
                index += 1
            }
            return
        }
        let children = spans.children(of: span)
        guard children.count == old.count else { throw TextChanges.unplaced(node) }
        var targets = Dictionary(new.map { ($0.name, $0.node) }) { _, last in last }
        var kept: Set<Int> = []
        for (member, child) in zip(old, children) {
            guard let node = targets.removeValue(forKey: member.name) else {
                if spans[child].form == .merged { throw TextChanges.shared(member.node) }
                lose(member.node, child)
                continue
            }
            kept.insert(child)
            try compare(member.node, child, span, node)
        }
        let added = new.compactMap { member in
            targets.removeValue(forKey: member.name).map { (name: member.name, node: $0) }
        }
        // A value of `<<` is nobody's member and stays; what it brings is written elsewhere.
        let items = spans.items(of: span).filter { spans[$0].form != .merged }
        let isKept = items.map { kept.contains($0) || spans[$0].form == .merge }
        let last = isKept.lastIndex(of: true) ?? -1
        try append(
            ItemsChange(
                container: span, parent: parent, items: items, isKept: isKept,
                additions: added.map { ItemsChange.Addition(after: last, name: $0.name, node: $0.node) },
                target: target, position: node.position))
    }

    private mutating func compareElements(
        _ node: Node, _ old: [Node], _ new: [Node], _ span: Int, _ parent: Int?, _ target: Node
    ) throws(EditFailure) {
        let items = spans.children(of: span)
        guard items.count == old.count else { throw TextChanges.unplaced(node) }
        var change = ItemsChange(
            container: span, parent: parent, items: items, isKept: Array(repeating: false, count: old.count),
            additions: [], target: target, position: node.position)
        var (place, next) = (-1, 0)
        for pair in Alignment.pairs(old, new) + [(old: old.count, new: new.count)] {
            for index in next..<pair.new {
                change.additions.append(ItemsChange.Addition(after: place, name: nil, node: new[index]))
            }
            (place, next) = (pair.old, pair.new + 1)
            guard pair.old < old.count else { break }
            change.isKept[pair.old] = true
            try compare(old[pair.old], items[pair.old], span, new[pair.new])
        }
        for (index, isKept) in change.isKept.enumerated() where !isKept { lose(old[index], items[index]) }
        try append(change)
    }

    /// A container of which nothing stays is written anew.
    private mutating func append(_ change: ItemsChange) throws(EditFailure) {
        if change.additions.isEmpty, change.isKept.allSatisfy({ $0 }) { return }
        if !change.additions.isEmpty, !change.items.isEmpty, !change.isKept.contains(true) {
            try append(change.whole)
            return
        }
        for addition in change.additions { try TextChanges.check(addition.node) }
        list.append(.items(change))
    }

    private mutating func append(_ change: ValueChange) throws(EditFailure) {
        try TextChanges.check(change.target)
        list.append(.value(change))
    }

    private mutating func lose(_ node: Node, _ span: Int) {
        let all = spans.all[span..<span + Int(spans[span].size)]
        if lost == nil, all.contains(where: \.isShared) { lost = node.position }
    }

    /// What is written is walked, so it must not be deeper than what is read.
    static func check(_ node: Node) throws(EditFailure) {
        guard node.isWithin(depth: Bounds.depth) else {
            throw EditFailure(node.position, "nested deeper than \(Bounds.depth) levels; flatten it")
        }
    }

    private static func shared(_ node: Node) -> EditFailure {
        EditFailure(
            node.position,
            "this is shared through an alias or '<<' of YAML, and a change here would be one elsewhere; "
                + EditFailure.remedy)
    }

    private static func unplaced(_ node: Node) -> EditFailure {
        EditFailure(node.position, "cannot be found in the text again; \(EditFailure.remedy)")
    }
}

extension Node {
    /// Whether containers within containers are no more than `depth`.
    func isWithin(depth: Int) -> Bool {
        switch value {
        case .array(let elements): depth > 0 && elements.allSatisfy { $0.isWithin(depth: depth - 1) }
        case .object(let members): depth > 0 && members.allSatisfy { $0.node.isWithin(depth: depth - 1) }
        default: true
        }
    }
}
