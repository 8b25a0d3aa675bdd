internal import Access
internal import Settings
internal import Synchronization

/// Tokens that were verified, by their digest, until they expire: who they name is told at once the next time.
final class VerifiedTokens: Sendable {
    private struct Entry {
        var credential: Credential
        /// Milliseconds since 1970.
        var until: Int64
        /// The issuer's keys that verified it, by their number: with others it is verified anew.
        var issuer: Int
        var epoch: Int
    }

    private final class Shard: Sendable {
        let entries = Mutex<[SHA256Digest: Entry]>([:])
    }

    private static let shardCount = 16
    /// In each of them.
    private let mostEntries: Int
    private let shards = (0..<VerifiedTokens.shardCount).map { _ in Shard() }

    init(mostEntries: Int = 16 * 1024) { self.mostEntries = max(1, mostEntries / Self.shardCount) }

    /// `epoch`: of the keys that the issuer of a number has now; nil where it is none of ours any more.
    func find(_ digest: SHA256Digest, now: Int64, epoch: (Int) -> Int?) -> Credential? {
        shard(digest).entries.withLock { entries -> Credential? in
            guard let entry = entries[digest] else { return nil }
            if now < entry.until, epoch(entry.issuer) == entry.epoch { return entry.credential }
            entries[digest] = nil
            return nil
        }
    }

    func keep(_ digest: SHA256Digest, _ bearer: JWTRules.Bearer, issuer: Int, epoch: Int, now: Int64) {
        let most = mostEntries
        shard(digest).entries.withLock { entries in
            if entries.count >= most, entries[digest] == nil { Self.makeRoom(&entries, now, most) }
            entries[digest] = Entry(credential: bearer.credential, until: bearer.until, issuer: issuer, epoch: epoch)
        }
    }

    var count: Int { shards.reduce(0) { $0 + $1.entries.withLock { $0.count } } }

    private func shard(_ digest: SHA256Digest) -> Shard {
        shards[Int(digest.bytes.first ?? 0) % Self.shardCount]
    }

    /// What has expired goes; where that is little, an eighth of the rest, whichever the table has first.
    private static func makeRoom(_ entries: inout [SHA256Digest: Entry], _ now: Int64, _ most: Int) {
        entries = entries.filter { now < $0.value.until }
        let excess = entries.count - most + most / 8
        guard excess > 0 else { return }
        for digest in Array(entries.keys.prefix(max(1, excess))) { entries[digest] = nil }
    }
}
