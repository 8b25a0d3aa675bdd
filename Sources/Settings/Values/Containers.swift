extension Optional: SettingValue where Wrapped: SettingValue {
    package static var shape: Shape { Wrapped.shape }

    /// `null` where nothing is given.
    package var text: String { self?.text ?? "null" }

    package static func read(_ node: Node, _ reading: inout Reading) -> Wrapped?? {
        if node.isNull { return .some(.none) }
        return Wrapped.read(node, &reading).map { .some($0) }
    }
}

extension Array: SettingValue where Element: SettingValue {
    package static var shape: Shape { .list(of: Element.shape) }

    package var text: String {
        // a closure: the literal of a key path would be made anew at every call
        "[" + map { $0.text }.joined(separator: ", ") + "]"
    }

    /// Every element is read, so that all that is wrong is reported.
    package static func read(_ node: Node, _ reading: inout Reading) -> [Element]? {
        guard let elements = node.elements else {
            reading.expected(shape.expected, node)
            return nil
        }
        var values: [Element] = []
        values.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            if let value = reading.under("[\(index)]", { Element.read(element, &$0) }) { values.append(value) }
        }
        return values.count == elements.count ? values : nil
    }
}

extension Dictionary: SettingValue where Key == String, Value: SettingValue {
    package static var shape: Shape { .map(of: Value.shape) }

    package var text: String {
        if isEmpty { return "{}" }
        let members = sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)): \($0.value.text)" }
        return "{" + members.joined(separator: ", ") + "}"
    }

    /// Names are free; a null takes its name away.
    package static func read(_ node: Node, _ reading: inout Reading) -> [String: Value]? {
        guard let members = node.members else {
            reading.expected(shape.expected, node)
            return nil
        }
        var values: [String: Value] = [:]
        var isWhole = true
        for member in members where !member.node.isNull {
            let value = reading.under(member.name) { Value.read(member.node, &$0) }
            values[member.name] = value
            isWhole = isWhole && value != nil
        }
        return isWhole ? values : nil
    }
}
