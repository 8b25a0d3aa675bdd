import Glibc

/// What every example would have scored for each class had it been left out of the learning.
struct LeftOutScores: Sendable {
    let classes: Int
    /// The class of each example.
    let labels: [Int]
    /// Mean cosine of each to its nearest.
    let near: [Double]
    /// By class, then by row; the first rows are the examples.
    private let scores: [Double]
    private let stride: Int
    /// The group of each class, from 0: classes that nothing ever tells apart are right for each other.
    let groups: [Int]
    let groupCount: Int

    var count: Int { labels.count }

    init(_ scores: [Double], rows: Int, labels: [Int], near: [Double], groups: [Int]) {
        self.scores = scores
        stride = rows
        self.labels = labels
        self.near = near
        classes = groups.count
        self.groups = groups
        groupCount = (groups.max() ?? -1) + 1
    }

    subscript(_ index: Int, _ example: Int) -> Double { scores[index * stride + example] }

    /// The class with the highest score; the first of equal ones.
    func best(_ example: Int) -> Int {
        var best = 0
        for index in 1..<max(classes, 1) where self[index, example] > self[best, example] { best = index }
        return best
    }

    /// Adds up exp(scale * (score - top)) by group; `sums` has one for each.
    func add(_ example: Int, _ scale: Double, _ top: Double, to sums: inout [Double]) {
        for group in 0..<groupCount { sums[group] = 0 }
        for index in 0..<classes { sums[groups[index]] += exp(scale * (self[index, example] - top)) }
    }
}
