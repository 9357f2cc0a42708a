import HostModel

/// Channels as an operator writes them: `stable,beta`. Pure.
package enum ChannelList {
    /// Most channels of one list.
    static let limit = 32

    /// - Returns: nil when `text` is no list of channels, or has one twice.
    package static func parse(_ text: String) -> [String]? {
        checked(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    /// - Returns: nil where one is no channel, or is there twice, or there is none.
    static func checked(_ channels: [String]) -> [String]? {
        let areChannels = channels.allSatisfy { AppID($0) != nil }
        let isFit = (1...limit).contains(channels.count) && Set(channels).count == channels.count
        return areChannels && isFit ? channels : nil
    }
}
