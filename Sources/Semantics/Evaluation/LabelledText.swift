/// A text and what it is known to be: a row of a set to measure by.
package struct LabelledText: Sendable, Equatable {
    package var text: String
    package var label: String

    package init(text: String, label: String) {
        self.text = text
        self.label = label
    }

    /// Labels that say a text belongs nowhere: never learnt, only to be rejected.
    package static let unknownLabels: Set<String> = ["oos", "none", "unknown"]

    package var isUnknown: Bool { Self.unknownLabels.contains(label) }
}
