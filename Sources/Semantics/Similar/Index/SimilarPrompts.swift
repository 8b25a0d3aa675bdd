internal import Synchronization

/// The prompts to which answers are kept, found again by prompts that ask the same in other words.
///
/// All that a tenant may see of another one is the time that a lock takes: frames are asked within a tenant alone. What
/// a key stands for may be gone; whoever finds that out says so by `forget`.
package final class SimilarPrompts: Sendable {
    package struct Found: Sendable, Equatable {
        package let key: [UInt8]
        /// 0 to 1, as `SimilarityScale` has it.
        package let similarity: Double
    }

    /// Entries that a tenant may have, and all of them together.
    private let mostOfTenant: Int
    private let most: Int
    private let tenants = Mutex<[String: SimilarTenant]>([:])
    private let counted = Atomic<Int>(0)

    package init(mostOfTenant: Int = 100_000, most: Int = 400_000) {
        self.mostOfTenant = mostOfTenant
        self.most = most
    }

    package var count: Int { counted.load(ordering: .relaxed) }

    /// The key of the nearest prompt that passes the second check.
    ///
    /// - Parameters:
    ///   - frame: everything that must be equal.
    ///   - threshold: the least similarity that counts.
    package func find(_ print: PromptPrint, tenant: String, frame: [UInt8], threshold: Double) -> Found? {
        guard let own = tenants.withLock({ $0[tenant] }) else { return nil }
        let unit = Double(PromptPrint.length) * Double(PromptPrint.length)
        let floor = Int32((SimilarityScale.cosine(of: threshold) * unit).rounded(.up))
        let nearest = own.nearest(print.vector, in: frame, floor: floor)
        for candidate in nearest where print.asksTheSame(as: candidate.text) {
            return Found(
                key: candidate.key, similarity: SimilarityScale.similarity(of: Double(candidate.product) / unit))
        }
        return nil
    }

    /// An answer to this prompt is kept under `key`.
    package func keep(_ key: [UInt8], _ print: PromptPrint, tenant: String, frame: [UInt8]) {
        let own = tenants.withLock { known in
            if let own = known[tenant] { return own }
            let made = SimilarTenant()
            known[tenant] = made
            return made
        }
        if own.count >= mostOfTenant, own.evict(near: frame) { counted.subtract(1, ordering: .relaxed) }
        if count >= most { makeRoom(frame) }
        if own.keep(key, print, in: frame) { counted.add(1, ordering: .relaxed) }
    }

    /// Whoever has most gives one.
    private func makeRoom(_ frame: [UInt8]) {
        let largest = tenants.withLock { $0.values.max { $0.count < $1.count } }
        if largest?.evict(near: frame) == true { counted.subtract(1, ordering: .relaxed) }
    }

    /// The entry was of use.
    package func touch(_ key: [UInt8], tenant: String, frame: [UInt8]) {
        tenants.withLock { $0[tenant] }?.touch(key, in: frame)
    }

    /// Nothing is kept under this key any more.
    package func forget(_ key: [UInt8], tenant: String, frame: [UInt8]) {
        guard tenants.withLock({ $0[tenant] })?.forget(key, in: frame) == true else { return }
        counted.subtract(1, ordering: .relaxed)
    }
}
