internal import Wire

/// The list form of `Cache-Control`: names and arguments between commas, as liberal as RFC 9111 5.2 asks.
extension CacheDirectives {
    /// An argument as it stood, without quotes. A backslash in it makes no number and no name, and needs no undoing.
    private enum Argument {
        case none
        case text(UnsafeRawBufferPointer)
        /// Something else stood where an argument ends.
        case broken
    }

    /// Adds what one field line says; lines are read in the order in which they came.
    package mutating func read(_ field: UnsafeRawBufferPointer) {
        var at = 0
        while at < field.count {
            if field[at] == 0x2c || ByteClass.isBlank(field[at]) {
                at += 1
                continue
            }
            let start = at
            while at < field.count, ByteClass.isToken(field[at]) { at += 1 }
            let name = UnsafeRawBufferPointer(rebasing: field[start..<at])
            var argument = Argument.none
            if name.count > 0, at < field.count, field[at] == 0x3d {
                at += 1
                argument = Self.argument(field, &at)
            }
            if Self.skipsRest(field, &at) { argument = .broken }
            if name.count > 0 { take(name, argument) }
        }
    }

    /// The token or quoted string at `at`, which moves behind it.
    private static func argument(_ field: UnsafeRawBufferPointer, _ at: inout Int) -> Argument {
        guard at < field.count, field[at] == 0x22 else {
            let start = at
            while at < field.count, ByteClass.isToken(field[at]) { at += 1 }
            return .text(UnsafeRawBufferPointer(rebasing: field[start..<at]))
        }
        let start = at + 1
        at = start
        while at < field.count, field[at] != 0x22 { at += field[at] == 0x5c ? 2 : 1 }
        let end = min(at, field.count)
        at = min(at + 1, field.count)
        return .text(UnsafeRawBufferPointer(rebasing: field[start..<end]))
    }

    /// Moves to the next comma that stands outside of quotes; true when anything but blanks stood before it.
    private static func skipsRest(_ field: UnsafeRawBufferPointer, _ at: inout Int) -> Bool {
        var found = false
        while at < field.count, field[at] != 0x2c {
            if field[at] == 0x22 {
                at += 1
                while at < field.count, field[at] != 0x22 { at += field[at] == 0x5c ? 2 : 1 }
            }
            if at < field.count, !ByteClass.isBlank(field[at]) { found = true }
            at += 1
        }
        at = min(at, field.count)
        return found
    }

    /// What forbids counts even where it is followed by something odd; what allows must be written properly.
    private mutating func take(_ name: UnsafeRawBufferPointer, _ argument: Argument) {
        var isWhole = true
        if case .broken = argument { isWhole = false }
        switch name.count {
        case 6: if name.isCaseless("public") { isPublic = isPublic || isWhole }
        case 7:
            if name.isCaseless("max-age") {
                Self.first(&maxAge, argument)
            } else if name.isCaseless("private") {
                Self.names(argument, bare: &isPrivate, &privateFields)
            }
        case 8:
            if name.isCaseless("no-store") {
                noStore = true
            } else if name.isCaseless("no-cache") {
                Self.names(argument, bare: &noCache, &noCacheFields)
            } else if name.isCaseless("s-maxage") {
                Self.first(&sMaxAge, argument)
            }
        case 9:
            if name.isCaseless("max-stale") {
                if case .none = argument { maxStale = maxStale ?? .max } else { Self.first(&maxStale, argument) }
            } else if name.isCaseless("min-fresh") {
                Self.first(&minFresh, argument)
            } else if name.isCaseless("immutable") {
                immutable = immutable || isWhole
            }
        case 12: if name.isCaseless("no-transform") { noTransform = true }
        case 14: takeLong(name, argument)
        case 15: if name.isCaseless("must-revalidate") { mustRevalidate = true } else { takeLong(name, argument) }
        case 16: if name.isCaseless("proxy-revalidate") { proxyRevalidate = true }
        case 22: if name.isCaseless("stale-while-revalidate") { Self.first(&staleWhileRevalidate, argument) }
        default: break
        }
    }

    private mutating func takeLong(_ name: UnsafeRawBufferPointer, _ argument: Argument) {
        if name.isCaseless("must-understand") {
            mustUnderstand = true
        } else if name.isCaseless("only-if-cached") {
            onlyIfCached = true
        } else if name.isCaseless("stale-if-error") {
            Self.first(&staleIfError, argument)
        }
    }

    private static func first(_ place: inout Int64?, _ argument: Argument) {
        guard place == nil else { return }
        if case .text(let text) = argument { place = DeltaSeconds.read(text) ?? 0 } else { place = 0 }
    }

    /// `name="a, b"` names fields; anything else, an empty list too, is the directive for the whole answer.
    private static func names(_ argument: Argument, bare: inout Bool, _ fields: inout [[UInt8]]) {
        guard case .text(let text) = argument, let names = FieldNames.read(text), !names.isEmpty else {
            bare = true
            return
        }
        fields += names
    }
}
