/// Ready checks for keys: each returns what is wrong with a value, or nil.
package enum Check {
    package static func positive<V: Amount>(_ value: V) -> String? {
        value.isAboveZero ? nil : "expected more than zero"
    }

    package static func positive<V: Amount>() -> @Sendable (V) -> String? {
        { positive($0) }
    }

    package static func atLeast<V: Comparable & SettingValue>(_ least: V) -> @Sendable (V) -> String? {
        { $0 >= least ? nil : "expected at least \(least.text), found \($0.text)" }
    }

    package static func atLeast<V: Comparable & SettingValue>(_ least: V) -> @Sendable (V?) -> String? {
        { value in value.flatMap(atLeast(least) as @Sendable (V) -> String?) }
    }

    package static func range<V: Comparable & SettingValue>(_ range: ClosedRange<V>) -> @Sendable (V) -> String? {
        { value in
            if range.contains(value) { return nil }
            return "expected \(range.lowerBound.text) to \(range.upperBound.text), found \(value.text)"
        }
    }

    package static func range<V: Comparable & SettingValue>(_ bounds: ClosedRange<V>) -> @Sendable (V?) -> String? {
        { value in value.flatMap(range(bounds) as @Sendable (V) -> String?) }
    }

    /// A TCP or UDP port that can be connected to.
    package static func port(_ value: Int) -> String? {
        (1...65535).contains(value) ? nil : "expected a port from 1 to 65535, found \(value)"
    }

    package static func port(_ value: Int?) -> String? {
        value.flatMap { port($0) }
    }

    package static func nonEmpty<V: Emptiable>(_ value: V) -> String? {
        value.isEmpty ? "must not be empty" : nil
    }

    package static func absolutePath(_ value: String) -> String? {
        if value.utf8.first == UInt8(ascii: "/"), !value.utf8.contains(0) { return nil }
        return "expected an absolute path such as /var/lib/clawproxy, found \(Quoted.quote(value))"
    }

    package static func absolutePath(_ value: String?) -> String? {
        value.flatMap { absolutePath($0) }
    }
}

/// A value that is above zero, or is not.
package protocol Amount: Sendable {
    var isAboveZero: Bool { get }
}

extension Int: Amount {
    package var isAboveZero: Bool { self > 0 }
}

extension Double: Amount {
    package var isAboveZero: Bool { self > 0 }
}

extension Duration: Amount {
    package var isAboveZero: Bool { self > .zero }
}

extension ByteSize: Amount {
    package var isAboveZero: Bool { bytes > 0 }
}

extension EntriesOrBytes: Amount {
    package var isAboveZero: Bool {
        switch self {
        case .entries(let count), .bytes(let count): count > 0
        }
    }
}

extension Ratio: Amount {
    package var isAboveZero: Bool { value > 0 }
}

/// What is not given is not wrong.
extension Optional: Amount where Wrapped: Amount {
    package var isAboveZero: Bool { self?.isAboveZero ?? true }
}

/// A value that can be empty.
package protocol Emptiable {
    var isEmpty: Bool { get }
}

extension String: Emptiable {}
extension Array: Emptiable {}
extension Dictionary: Emptiable {}

extension Secret: Emptiable {
    package var isEmpty: Bool { value.isEmpty }
}

extension OneOrMany: Emptiable {
    package var isEmpty: Bool { values.isEmpty }
}

extension Located: Emptiable where Value: Emptiable {
    package var isEmpty: Bool { value.isEmpty }
}

extension Optional: Emptiable where Wrapped: Emptiable {
    package var isEmpty: Bool { self?.isEmpty ?? false }
}
