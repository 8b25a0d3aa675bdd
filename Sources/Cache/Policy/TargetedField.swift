internal import Wire

/// Cache fields for some caches only, heeded in place of `Cache-Control` and `Expires` (RFC 9213).
enum TargetedField {
    /// What the first of these fields that stands there and is in order says; nil where none does.
    static func directives(_ lines: HeadLines, _ names: [[UInt8]]) -> CacheDirectives? {
        for name in names {
            var text: [UInt8] = []
            for at in 0..<lines.fieldCount where name.withUnsafeBytes({ lines.name(lines.fields[at]).isCaseless($0) }) {
                let value = lines.value(lines.fields[at])
                guard value.count > 0 else { continue }
                if !text.isEmpty { text += [0x2c, 0x20] }
                text += value
            }
            if text.isEmpty { continue }
            // older than structured fields, and no dictionary: `max-age=3600+60, content="ESI/1.0"`
            if name == surrogateControl { return text.withUnsafeBytes { surrogate($0) } }
            if let found = StructuredDictionary(text).flatMap(directives) { return found }
        }
        return nil
    }

    private static let surrogateControl = Array("surrogate-control".utf8)

    /// Edge Architecture 2.2: `max-age=N+M` is fresh for N, and may be served stale for M more.
    private static func surrogate(_ text: UnsafeRawBufferPointer) -> CacheDirectives {
        var directives = CacheDirectives(text)
        text.forEachListMember { member in
            guard member.isPrefixedCaseless("max-age="), let plus = member.firstIndex(of: 0x2b),
                let fresh = DeltaSeconds.read(UnsafeRawBufferPointer(rebasing: member[8..<plus])),
                let stale = DeltaSeconds.read(UnsafeRawBufferPointer(rebasing: member[(plus + 1)...]))
            else { return }
            directives.maxAge = fresh
            directives.staleWhileRevalidate = directives.staleWhileRevalidate ?? stale
        }
        return directives
    }

    /// nil where a directive that is known has a value of another type than it takes.
    private static func directives(_ dictionary: StructuredDictionary) -> CacheDirectives? {
        var directives = CacheDirectives()
        for (key, item) in dictionary.members {
            let isRight: Bool
            switch String(decoding: key, as: UTF8.self) {
            case "max-age": isRight = seconds(item, &directives.maxAge)
            case "s-maxage": isRight = seconds(item, &directives.sMaxAge)
            case "stale-while-revalidate": isRight = seconds(item, &directives.staleWhileRevalidate)
            case "stale-if-error": isRight = seconds(item, &directives.staleIfError)
            case "no-store": isRight = flag(item, &directives.noStore)
            case "public": isRight = flag(item, &directives.isPublic)
            case "must-revalidate": isRight = flag(item, &directives.mustRevalidate)
            case "proxy-revalidate": isRight = flag(item, &directives.proxyRevalidate)
            case "must-understand": isRight = flag(item, &directives.mustUnderstand)
            case "no-transform": isRight = flag(item, &directives.noTransform)
            case "immutable": isRight = flag(item, &directives.immutable)
            case "no-cache": isRight = names(item, &directives.noCache, &directives.noCacheFields)
            case "private": isRight = names(item, &directives.isPrivate, &directives.privateFields)
            default: isRight = true
            }
            guard isRight else { return nil }
        }
        return directives
    }

    private static func seconds(_ item: StructuredDictionary.Item, _ place: inout Int64?) -> Bool {
        guard case .integer(let value) = item else { return false }
        place = min(DeltaSeconds.longest, max(0, value))
        return true
    }

    private static func flag(_ item: StructuredDictionary.Item, _ place: inout Bool) -> Bool {
        guard case .boolean(let value) = item else { return false }
        place = value
        return true
    }

    /// True, or the names of fields: in a string, or as a list of strings or tokens.
    private static func names(
        _ item: StructuredDictionary.Item, _ place: inout Bool, _ fields: inout [[UInt8]]
    ) -> Bool {
        switch item {
        case .boolean(let value):
            place = value
            return true
        case .string(let text): return add(text, &place, &fields)
        case .list(let items):
            for item in items {
                switch item {
                case .string(let text), .token(let text): guard add(text, &place, &fields) else { return false }
                default: return false
                }
            }
            return true
        default: return false
        }
    }

    private static func add(_ text: [UInt8], _ place: inout Bool, _ fields: inout [[UInt8]]) -> Bool {
        guard let names = text.withUnsafeBytes({ FieldNames.read($0) }) else { return false }
        if names.isEmpty { place = true }
        fields += names
        return true
    }
}
