/// One category of the library: what it is called, what it is like, and how it stands to the others.
package struct LibraryCategory: Sendable, Equatable {
    /// What a category tells of a text.
    package enum Kind: String, Sendable {
        /// What is to be done with it: translating, planning.
        case task
        /// What it is about: law, health.
        case topic
    }

    package var name: String
    /// Categories of one family resemble one another.
    package var family = ""
    package var kind = Kind.task
    package var description = ""
    /// Other names under which a configuration may name it.
    package var aliases: [String] = []
    /// Where a configuration names one of these and not this category, its examples count for the first that is named.
    package var partOf: [String] = []
    /// Where a configuration names one of these and not this category, it is left out: it would take their share.
    package var overlaps: [String] = []
    package var english: [String] = []
    package var chinese: [String] = []

    package init(name: String) { self.name = name }

    /// All examples, English ones first.
    package var examples: [String] { english + chinese }

    /// The first ones, at most `count`, half of each language where there are as many: the most telling stand on top.
    package func examples(atMost count: Int) -> [String] {
        let ofChinese = min(chinese.count, max(count / 2, count - english.count))
        return Array(english.prefix(max(0, count - ofChinese)) + chinese.prefix(max(0, ofChinese)))
    }
}
