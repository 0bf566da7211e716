# tally-broker: Kafka's stand-in for tests and the demonstration.
add_executable(tally-broker ${CMAKE_CURRENT_LIST_DIR}/embedded_broker.c)
target_link_libraries(tally-broker PRIVATE core PkgConfig::RDKAFKA)
