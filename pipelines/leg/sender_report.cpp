#include "pipelines/leg/sender_report.h"

namespace mullion {

namespace {

void forEachReport(GstBuffer* packet, GstMapFlags flags,
                   const std::function<void(GstRTCPPacket&, SenderReport)>& see) {
    GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
    if (!gst_rtcp_buffer_map(packet, flags, &rtcp)) return;
    GstRTCPPacket part;
    for (gboolean more = gst_rtcp_buffer_get_first_packet(&rtcp, &part); more;
         more = gst_rtcp_packet_move_to_next(&part)) {
        if (gst_rtcp_packet_get_type(&part) != GST_RTCP_TYPE_SR) continue;
        SenderReport report;
        gst_rtcp_packet_sr_get_sender_info(&part, &report.source, &report.ntp, &report.timestamp,
                                           &report.packets, &report.octets);
        see(part, report);
    }
    gst_rtcp_buffer_unmap(&rtcp);
}

} // namespace

void readSenderReports(GstBuffer* packet, const std::function<void(const SenderReport&)>& see) {
    forEachReport(packet, GST_MAP_READ,
                  [&](GstRTCPPacket&, const SenderReport& report) { see(report); });
}

void amendSenderReports(GstBuffer* packet, const std::function<void(SenderReport&)>& amend) {
    forEachReport(packet, GST_MAP_READWRITE, [&](GstRTCPPacket& part, SenderReport report) {
        amend(report);
        gst_rtcp_packet_sr_set_sender_info(&part, report.source, report.ntp, report.timestamp,
                                           report.packets, report.octets);
    });
}

} // namespace mullion
