/// What is wrong with the name of a category or with an operator's own one.
package struct CategoryProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// As it was written.
    package var category: String
    /// What is wrong, and what to do.
    package var message: String

    package var description: String { message }
}
