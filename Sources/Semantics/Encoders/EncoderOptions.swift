/// What a configuration says about an encoder beside where it lies; what is nil is as the model's own files say.
package struct EncoderOptions: Sendable, Equatable {
    /// What the model is called; the last part of its directory's path where nil.
    package var name: String?
    package var pooling: Pooling?
    /// Put before every text: models of the E5 family were trained with `query: `.
    package var prefix: String
    /// Tokens beyond which a text is cut, `[CLS]` and `[SEP]` among them; never more than the model's own limit.
    package var maximumTokens: Int?

    package init(name: String? = nil, pooling: Pooling? = nil, prefix: String = "", maximumTokens: Int? = nil) {
        self.name = name
        self.pooling = pooling
        self.prefix = prefix
        self.maximumTokens = maximumTokens
    }
}
