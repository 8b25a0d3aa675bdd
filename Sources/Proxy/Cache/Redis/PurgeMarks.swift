package import Cache
internal import Synchronization

/// Purges that were just made: what was asked for before one of them, and is meant by it, is neither taken out of Redis
/// nor put into it, even where the purge has not arrived there yet. From any thread.
package final class PurgeMarks: Sendable {
    private struct Mark {
        var selection: CacheSelection
        var at: Int64
        var ends: Int64
    }

    private struct Exact {
        var at: Int64
        var ends: Int64
    }

    private struct Inside {
        /// By the name in Redis of what is meant: an entry, a tag's list, an address's list.
        var exact: [[UInt8]: Exact] = [:]
        /// Those that take looking at a name.
        var wide: [Mark] = []
    }

    /// Milliseconds. A removal by name is done at once, if at all; a sweep through a large Redis takes its time.
    package static let exactLasts: Int64 = 10_000
    package static let wideLasts: Int64 = 300_000
    private static let mostExact = 65_536
    private static let mostWide = 256

    private let inside = Mutex(Inside())
    private let isQuiet = Atomic<Bool>(true)
    private let owing = Atomic<Bool>(false)

    package init() {}

    /// A purge has not reached Redis: nothing in there can be trusted until it has.
    package var isOwing: Bool {
        get { owing.load(ordering: .relaxed) }
        set { owing.store(newValue, ordering: .relaxed) }
    }

    /// - Parameter at: when it was asked for, wall-clock milliseconds, as `now`.
    package func add(_ selection: CacheSelection, at: Int64, now: Int64) {
        inside.withLock { inside in
            if let name = selection.exactName {
                inside.exact[name] = Exact(at: at, ends: now + Self.exactLasts)
                if inside.exact.count > Self.mostExact { inside.exact = inside.exact.filter { $0.value.ends > now } }
                // what is forgotten protects from nothing but a race of milliseconds
                if inside.exact.count > Self.mostExact { inside.exact = [:] }
            } else {
                inside.wide = inside.wide.filter { $0.ends > now }
                // so many at a time mean nearly everything
                let isMany = inside.wide.count >= Self.mostWide
                if isMany { inside.wide = [] }
                inside.wide.append(Mark(selection: isMany ? .all : selection, at: at, ends: now + Self.wideLasts))
            }
        }
        isQuiet.store(false, ordering: .relaxed)
    }

    /// Whether an answer must not be used any more.
    package func covers(_ answer: StoredAnswer, _ name: CacheName) -> Bool {
        if isQuiet.load(ordering: .relaxed) { return false }
        let asked = answer.facts.requested
        return inside.withLock { inside in
            if !inside.exact.isEmpty {
                if let mark = inside.exact[RedisNames.entry(name)], asked <= mark.at { return true }
                for tag in answer.facts.tags {
                    if let mark = inside.exact[RedisNames.tag(tag)], asked <= mark.at { return true }
                }
                if let address = RedisNames.address(of: answer.key), let mark = inside.exact[address],
                    asked <= mark.at
                {
                    return true
                }
            }
            return inside.wide.contains { asked <= $0.at && $0.selection.selects(answer, named: name.logical) }
        }
    }
}

extension CacheSelection {
    /// The one name in Redis that is meant; nil where names must be looked through.
    var exactName: [UInt8]? {
        switch self {
        case .key(let text): RedisNames.entry(text.utf8)
        case .tag(let text): RedisNames.tag(text.utf8)
        case .url(let address): RedisNames.address(address)
        case .all, .prefix, .pattern: nil
        }
    }
}
