/// What is wrong with a line of a text of categories.
package struct CategoryTextFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    package var line: Int
    package var message: String

    package var description: String { "categories: line \(line): \(message)" }
}
