/// How many tokens a text is for cl100k_base, estimated as its bytes come: one table look-up a byte, no vocabulary.
/// Any split of the bytes gives the same number.
package struct TokenEstimate: Sendable, Equatable {
    private static let table = TokenStates.table(TokenWeights.thousandths)

    private var thousandths = 0
    /// The state's row in the table.
    private var row: UInt32 = 0

    package init() {}

    package mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var row = self.row
        var sum = 0
        Self.table.withUnsafeBufferPointer { table in
            TokenClass.bytes.withUnsafeBufferPointer { classes in
                for byte in bytes {
                    let entry = table[Int(row &+ UInt32(classes[Int(byte)]))]
                    sum &+= Int(entry >> 16)
                    row = entry & 0xffff
                }
            }
        }
        self.row = row
        thousandths += sum
    }

    /// What comes next is another text.
    package mutating func separate() { row = 0 }

    package var count: Int { (thousandths + 999) / 1000 }

    package static func of(_ text: UnsafeRawBufferPointer) -> Int {
        var estimate = TokenEstimate()
        estimate.take(text)
        return estimate.count
    }
}
