/// Turns texts into vectors whose directions tell what the texts mean.
///
/// A call computes on the thread that makes it, for milliseconds: encoder threads only, never a loop. Calls from
/// several threads at once are welcome.
package protocol SentenceModel: Sendable {
    /// What the model is called in messages and metrics.
    var name: String { get }
    /// Numbers in each vector.
    var dimensions: Int { get }
    /// One vector for each text, in their order. Texts beyond the model's limit of tokens are cut there.
    func embed(_ texts: [String]) throws(EncoderFault) -> [[Float]]
}
