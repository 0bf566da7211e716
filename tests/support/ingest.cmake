# tally-broker: Kafka's stand-in for tests and the demonstration.
add_executable(tally-broker ${CMAKE_CURRENT_LIST_DIR}/embedded_broker.c)
target_link_libraries(tally-broker PRIVATE base PkgConfig::RDKAFKA)

add_test(NAME ingest_with_broker
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/ingest_with_broker.py
          $<TARGET_FILE:tally-ingest> $<TARGET_FILE:tally-broker>)
set_tests_properties(ingest_with_broker PROPERTIES LABELS unit TIMEOUT 300
  ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")

add_test(NAME ingest_check
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/ingest_check.py $<TARGET_FILE:tally-ingest>)
set_tests_properties(ingest_check PROPERTIES LABELS unit TIMEOUT 300
  ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")

add_test(NAME ingest_gateway
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/ingest_gateway.py $<TARGET_FILE:tally-ingest>)
set_tests_properties(ingest_gateway PROPERTIES LABELS unit TIMEOUT 300
  ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")

add_test(NAME gateway_openapi
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/gateway_openapi.py
          $<TARGET_FILE:tally-ingest> $<TARGET_FILE:tally-broker>)
set_tests_properties(gateway_openapi PROPERTIES LABELS unit TIMEOUT 300
  ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")

add_test(NAME ingest_map
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/ingest_map.py $<TARGET_FILE:tally-ingest>)
set_tests_properties(ingest_map PROPERTIES LABELS unit TIMEOUT 300
  ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")

add_test(NAME ingest_tail
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/ingest_tail.py
          $<TARGET_FILE:tally-ingest> $<TARGET_FILE:tally-broker>)
set_tests_properties(ingest_tail PROPERTIES LABELS unit TIMEOUT 300
  ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")

add_test(NAME ingest_generate
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/ingest_generate.py $<TARGET_FILE:tally-ingest>)
set_tests_properties(ingest_generate PROPERTIES LABELS unit TIMEOUT 300
  ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
