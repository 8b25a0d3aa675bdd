/// What a judgement needs of memory; one per loop or thread, used again and again.
package final class JudgeScratch {
    /// Probability of each category, in the order of the judge's `names`. Their sum is at most 1; the rest is that the
    /// text is of none.
    package internal(set) var probabilities: [Float] = []

    var features = TextFeatures()
    var quantised: [Int16] = []
    /// Of the vectors.
    var products: [Int32] = []
    /// To each example.
    var cosines: [Float] = []
    /// What is made of the cosines.
    var likeness: [Float] = []
    /// For each class, and some zeros.
    var scores: [Float] = []
    /// Of an encoder, made to length 1.
    var vector: [Float] = []

    package init() {}
}
