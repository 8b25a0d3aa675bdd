/// A prompt of which somebody said what it is: a row of a file to measure by, to learn from, or to set thresholds by.
package struct LabelledRow: Sendable, Equatable {
    /// What of a row is its class.
    package enum Field: String, Sendable, CaseIterable {
        case route, label
    }

    /// In its file, from 1.
    package var line: Int
    package var text: String
    package var label: String?
    package var route: String?
    /// As the file says it: `en`, `zh`; empty where it does not.
    package var language: String

    package init(line: Int, text: String, label: String? = nil, route: String? = nil, language: String = "") {
        self.line = line
        self.text = text
        self.label = label
        self.route = route
        self.language = language
    }

    package subscript(field: Field) -> String? { field == .route ? route : label }
}
