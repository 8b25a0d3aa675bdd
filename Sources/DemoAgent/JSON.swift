import NIOCore

/// A JSON value that keeps the order of its members: what the agent answers with.
enum JSON: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    case null
    case bool(Bool)
    case int(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
    init(stringLiteral value: String) { self = .string(value) }
    init(arrayLiteral elements: JSON...) { self = .array(elements) }

    var text: String {
        var out = ""
        write(&out)
        return out
    }

    var buffer: ByteBuffer { ByteBuffer(string: text) }

    private func write(_ out: inout String) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .int(let value): out += "\(value)"
        case .number(let value): out += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.quote(value, &out)
        case .array(let items): Self.list("[", items, "]", &out) { $0.write(&$1) }
        case .object(let members):
            Self.list("{", members, "}", &out) {
                Self.quote($0.0, &$1)
                $1 += ":"
                $0.1.write(&$1)
            }
        }
    }

    private static func list<Item>(
        _ open: String, _ items: [Item], _ close: String, _ out: inout String, _ each: (Item, inout String) -> Void
    ) {
        out += open
        for (index, item) in items.enumerated() {
            if index > 0 { out += "," }
            each(item, &out)
        }
        out += close
    }

    private static func quote(_ value: String, _ out: inout String) {
        out += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
