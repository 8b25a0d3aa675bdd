import Synchronization

extension Section {
    /// This section as a node: every key that holds something, defaults included, secrets redacted.
    package var node: Node {
        var members: [Node.Member] = []
        members.reserveCapacity(Self.keys.count)
        for key in Self.keys {
            guard let node = key.node(self) else { continue }
            members.append(Node.Member(name: key.name, namePosition: .builtIn, node: node))
        }
        return Node(.object(members), at: .builtIn)
    }
}

/// A section that says nothing of its own, made a node once: most entries of a long list have many of those.
final class BlankNode<S: Section>: Sendable {
    private let blank: S
    private let made: Mutex<Node?> = Mutex(nil)

    init(_ blank: S) { self.blank = blank }

    func node(of section: S) -> Node {
        guard section == blank else { return section.node }
        if let node = made.withLock({ $0 }) { return node }
        let node = blank.node
        made.withLock { $0 = node }
        return node
    }
}

extension Node {
    /// A value as `SettingValue.text` writes it. The forms that nearly all have are read without a reader.
    init(shown text: String) {
        if let value = Node.plain(text) {
            self.init(value, at: .builtIn)
        } else {
            self = (try? LooseText.parse(text, at: .builtIn)) ?? .string(text, at: .builtIn)
        }
    }

    private static func plain(_ text: String) -> Value? {
        var text = text
        return text.withUTF8 { bytes -> Value? in
            switch bytes.first ?? 0 {
            case UInt8(ascii: "\""):
                let inner = bytes.dropFirst().dropLast()
                return inner.contains(UInt8(ascii: "\\")) ? nil : .string(String(decoding: inner, as: UTF8.self))
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                return .number(String(decoding: bytes, as: UTF8.self))
            case UInt8(ascii: "n") where bytes.elementsEqual("null".utf8): return .null
            default: return nil
            }
        }
    }
}

extension Bool {
    package var node: Node { Node(.bool(self), at: .builtIn) }
}

extension Int {
    package var node: Node { Node(.number(text), at: .builtIn) }
}

extension String {
    package var node: Node { .string(self, at: .builtIn) }
}

extension Variant {
    package var node: Node { .string(rawValue, at: .builtIn) }
}

extension Located {
    package var node: Node { value.node }
}

extension Optional where Wrapped: SettingValue {
    package var node: Node { self?.node ?? Node(.null, at: .builtIn) }
}

extension Array where Element: SettingValue {
    package var node: Node { Node(.array(map { $0.node }), at: .builtIn) }
}

extension OneOrMany {
    package var node: Node {
        if values.count == 1, let only = values.first { only.node } else { values.node }
    }
}

extension Dictionary where Key == String, Value: SettingValue {
    package var node: Node {
        let members =
            isEmpty
            ? []
            : sorted { $0.key < $1.key }.map {
                Node.Member(name: $0.key, namePosition: .builtIn, node: $0.value.node)
            }
        return Node(.object(members), at: .builtIn)
    }
}
