/// Why a JSON Web Token lets nobody in.
package enum JWTFault: Error, Sendable, Equatable, CaseIterable {
    /// Not three parts of base64url with a JSON object each in the first two, or one that says a thing twice.
    case malformed
    case tooLarge
    /// It says that something of it must be understood which is not (RFC 7515 4.1.11).
    case critical
    /// Signed in a way that its issuer does not use, or not at all.
    case algorithm
    case issuer
    /// No key of its issuer is the one that it names, or of its kind.
    case key
    case signature
    case expired
    case early
    case audience
    /// A claim is missing, or is not of the form that it has.
    case claims
    /// All is right with it, but it lacks what `requiredClaims` asks for.
    case lacking

    /// `error_description` of RFC 6750 3. It tells the bearer nothing that the token does not.
    package var words: StaticString {
        switch self {
        case .malformed: "not a JSON Web Token in compact form"
        case .tooLarge: "too large"
        case .critical: "critical header not understood"
        case .algorithm: "algorithm not accepted"
        case .issuer: "unknown issuer"
        case .key: "unknown key"
        case .signature: "signature does not match"
        case .expired: "expired"
        case .early: "not valid yet"
        case .audience: "made for another audience"
        case .claims: "a claim is missing or malformed"
        case .lacking: "a required claim is missing"
        }
    }

    /// The bearer is known, and may not come in here: 403.
    package var isForbidden: Bool { self == .lacking }
}
